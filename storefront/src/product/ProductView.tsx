import type { BundleSuggestion, Profile, RowQuestion } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import Head from "next/head";
import { useCallback, useEffect, useMemo, useRef } from "react";

import { CardGrid } from "../cards/CardGrid";
import { idsOf } from "../cards/entry";
import { asideOf } from "../home/personal";
import { Nothing } from "../list/Nothing";
import { usePlaced } from "../live/usePlaced";
import { useVisit } from "../live/useVisit";
import { isMissing } from "../notices/trouble";
import { TroubleNotice } from "../notices/TroubleNotice";
import { Bundles } from "../rows/Bundles";
import { RowSections } from "../rows/RowSections";
import { Section } from "../rows/Section";
import { personalTitle } from "../rows/titles";
import { useBundles } from "../rows/useBundles";
import { useRows } from "../rows/useRows";
import { ProductSheet, SheetSkeleton } from "./ProductSheet";
import { useProduct } from "./useProduct";

const ROW = 6;
const SIMILAR_ROOM = ["Similar items"];
const NOBODY = { active: false, personalized: true, live_weight: 0 };

export function ProductView({ id }: { id: string | null }) {
  const { product, error, reload } = useProduct(id);
  const sheet = useRef<HTMLElement>(null);
  useLook(product === null ? null : id, sheet);
  if (product === null && error !== null) {
    return isMissing(error) ? (
      <>
        <Head><title>Not found · Fitting Room</title></Head>
        <Nothing title="This product is not here" heading="h1"><p>It may have been sold out and taken off, or the address has a slip in it. Perhaps one of these instead:</p></Nothing>
      </>
    ) : (
      <TroubleNotice error={error} onRetry={reload} />
    );
  }
  return (
    <>
      <Head><title>{`${product?.title.slice(0, 120) ?? "Product"} · Fitting Room`}</title></Head>
      {product === null ? <SheetSkeleton /> : <ProductSheet ref={sheet} key={product.product_id} product={product} />}
      {id !== null && <ProductRows key={id} id={id} />}
    </>
  );
}

/** Say that it is looked at, and for how long; the client adds the decision that led here. */
function useLook(id: string | null, sheet: React.RefObject<HTMLElement | null>): void {
  const client = useFittingRoom();
  useEffect(() => {
    if (id === null || sheet.current === null) return undefined;
    client.track("product_view", { product_id: id });
    void client.flush();
    return client.watchDwell(sheet.current, id);
  }, [client, id, sheet]);
}

function ProductRows({ id }: { id: string }) {
  const { profile } = useVisit();
  const questions = useMemo<readonly RowQuestion[]>(() => [
    { strategy: "similar", product_id: id, count: ROW },
    { strategy: "complementary", product_id: id, count: ROW },
  ], [id]);
  const { rows, error, reload } = useRows(`product ${id}`, questions, false);
  const choose = useCallback((of: Profile) => asideOf(of, id, ROW), [id]);
  const { entries: personal, profile: shown } = usePlaced(profile, choose);
  const isOfThis = useCallback((bundle: BundleSuggestion) => bundle.product_ids.includes(id), [id]);
  // What the rows above show is not shown again.
  const above = new Set(rows?.flatMap(({ entries }) => idsOf(entries)));
  const others = personal?.filter(({ product }) => !above.has(product.product_id)) ?? [];
  const bundles = useBundles(profile, isOfThis);
  const { title } = personalTitle(shown ?? NOBODY);
  // Of the newest profile, too: who has just refused sees it go.
  const isPersonal = [profile, shown].every((of) => of?.active && of.personalized);
  return (
    <>
      <RowSections rows={rows} room={SIMILAR_ROOM} />
      {/* Under the rows, and not before them: it pushes nothing down. */}
      {rows !== null && <Bundles bundles={bundles ?? []} />}
      {rows === null && error !== null && <TroubleNotice error={error} part onRetry={reload} />}
      {isPersonal && rows !== null && bundles !== null && others.length > 0 && (
        <Section name="personal" title={title}>
          <CardGrid entries={others} count={ROW} layout="row" name={title} />
        </Section>
      )}
    </>
  );
}
