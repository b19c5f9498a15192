import type { Profile, RowQuestion } from "@fitting-room/client";
import { useCallback, useMemo } from "react";

import { CardGrid } from "../cards/CardGrid";
import { useVisit } from "../live/useVisit";
import { usePlaced } from "../live/usePlaced";
import { Notice } from "../notices/Notice";
import { TroubleNotice } from "../notices/TroubleNotice";
import { Bundles } from "../rows/Bundles";
import { RowSections } from "../rows/RowSections";
import { Section } from "../rows/Section";
import { ofRegion, personalTitle, regionName } from "../rows/titles";
import { useBundles } from "../rows/useBundles";
import { useRows } from "../rows/useRows";
import { personalOf } from "./personal";
import { useLastHome } from "./useLastHome";

const PERSONAL_SHOWN = 8;
const REGION_SHOWN = 6;
const ROW = 6;
/** Kept free before the answer; the others may have nothing. */
const ROOM = ["Trending items you may love"];

const choosePersonal = (profile: Profile) => personalOf(profile, PERSONAL_SHOWN);

function questionsFor(profile: Profile | null): readonly RowQuestion[] {
  const elsewhere = profile ? personalOf(profile, PERSONAL_SHOWN).flatMap(({ id, slot }) => (slot === undefined ? [] : [id])) : [];
  return [
    // What was viewed may stand elsewhere too.
    { strategy: "recently_viewed", count: ROW },
    { strategy: "similar", count: ROW, exclude: elsewhere },
    { strategy: "trending", count: ROW, exclude: elsewhere },
    { strategy: "buy_again", count: ROW },
    { strategy: "new", count: ROW, exclude: elsewhere },
  ];
}

/** The rows under the categories, which follow the visit. */
export function HomeRows() {
  const { profile, error } = useVisit();
  const answered = useRows("home", useMemo(() => questionsFor(profile), [profile]));
  const { entries: personal, profile: ofPersonal } = usePlaced(profile, choosePersonal);
  const shown = new Set(personal?.map(({ product }) => product.product_id));
  const chooseRegion = useCallback((of: Profile) => {
    const elsewhere = new Set(choosePersonal(of).map(({ id }) => id));
    return ofRegion(of, elsewhere, REGION_SHOWN).map(({ product_id: id, reason }) => ({ id, reason, explored: false }));
  }, []);
  const { entries: region, profile: ofRegional } = usePlaced(profile, chooseRegion);
  const bundles = useBundles(profile);
  const last = useLastHome(personal, answered.rows, profile);

  if (profile === null && error !== null) return <Away error={error} last={last} onRetry={() => location.reload()} />;
  // Until the first cards there is nothing that the title could contradict.
  const titled = ofPersonal ?? profile;
  const { title, note } = titled ? personalTitle(titled) : { title: "Items you may love", note: "" };
  const [recent, ...others] = answered.rows ?? [];
  const isRegionNext = answered.rows !== null && bundles !== null && region !== null && region.some(({ product }) => !shown.has(product.product_id));
  const country = isRegionNext ? regionName(ofRegional?.region ?? null) : null;
  return (
    <>
      {recent && <RowSections rows={[recent]} room={[]} />}
      <div id="for-you">
        {personal?.length === 0 ? (
          <Notice title="The rails are still empty" part><p>The shop has no products yet. They show here as soon as it has.</p></Notice>
        ) : (
          <Section name="personal" title={title} note={note}>
            <CardGrid entries={personal} count={PERSONAL_SHOWN} layout="grid" name={title} />
          </Section>
        )}
      </div>
      <RowSections rows={answered.rows && others} room={ROOM} />
      {answered.rows === null && answered.error !== null && <TroubleNotice error={answered.error} part onRetry={answered.reload} />}
      {answered.rows !== null && <Bundles bundles={bundles ?? []} />}
      {country !== null && (
        <Section name="region" title="Popular in your region" note={country}>
          <CardGrid entries={region} count={REGION_SHOWN} layout="row" />
        </Section>
      )}
    </>
  );
}

/** The shop is away: what this browser saw last, or a calm word. */
function Away({ error, last, onRetry }: { error: unknown; last: ReturnType<typeof useLastHome>; onRetry: () => void }) {
  return (
    <>
      <TroubleNotice error={error} part onRetry={onRetry} />
      {last !== null && last.length > 0 && (
        <Section name="last" title="What you saw last" note="Prices may have changed since.">
          <CardGrid entries={last} count={last.length} layout="grid" />
        </Section>
      )}
    </>
  );
}
