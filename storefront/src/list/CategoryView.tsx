import type { FittingRoom, Row } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import Head from "next/head";
import { useCallback, useEffect } from "react";

import { address } from "../catalogue/addresses";
import { keepCard, loadCards } from "../catalogue/cardStore";
import type { ProductCard } from "../catalogue/types";
import { useCategories } from "../catalogue/useCategories";
import { isMissing } from "../notices/trouble";
import { TroubleNotice } from "../notices/TroubleNotice";
import { Nothing } from "./Nothing";
import { PageHead } from "./PageHead";
import { ProductList } from "./ProductList";
import { type Found, type Read, useFound } from "./useFound";
import { useRanked } from "./useRanked";

const MOST = 100;
/** A category whose leaders are fewer is filled up with what the night has not counted yet. */
const FEW = 24;
const FILLED = 48;

async function leadersOf(client: FittingRoom, id: string, signal: AbortSignal): Promise<Found> {
  const path = address("/v1/categories", id, "/products", { limit: String(MOST) });
  const { products } = await client.request<{ products: { product: ProductCard }[] }>(path, { signal });
  const leaders = products.map(({ product }) => keepCard(product));
  const others = leaders.length < FEW ? await othersOf(client, id, signal) : [];
  const all = new Map([...leaders, ...others].map((product) => [product.product_id, product]));
  return { products: [...all.values()], scores: new Map(), isCut: leaders.length >= MOST };
}

async function othersOf(client: FittingRoom, id: string, signal: AbortSignal): Promise<readonly ProductCard[]> {
  const rows: readonly Row[] = await client
    .recommendations([{ strategy: "category", category_id: id, count: FILLED, fallbacks: [] }], { signal })
    // Before the first night there are no rows, and the leaders are all there is.
    .catch(() => []);
  const ids = rows.flatMap(({ items }) => items.filter((item) => item.category_id === id).map((item) => item.product_id));
  return [...(await loadCards(client, ids, { signal })).values()];
}

export function CategoryView({ id }: { id: string | null }) {
  const { list, error: nameless } = useCategories();
  const read = useCallback<Read>((client, signal) => leadersOf(client, id ?? "", signal), [id]);
  const { found, error, reload } = useFound(id === null ? null : `category ${id}`, read);
  const entries = useRanked(found, "");
  useCategoryView(found === null ? null : id);
  const known = list?.categories.find((category) => category.category_id === id)?.name;
  // While categories cannot be had it has no better name.
  const name = known ?? ((list !== null || nameless !== null) && id !== null ? id : "");
  return (
    <>
      <Head><title>{`${name || "Category"} · Fitting Room`}</title></Head>
      <PageHead title={name} path={[{ href: "/", name: "Home" }]} />
      {found === null && error !== null ? (
        isMissing(error) ? <Nothing title="There is no such category" /> : <TroubleNotice error={error} part onRetry={reload} />
      ) : entries?.length === 0 ? (
        <Nothing title="Nothing is in this category yet" />
      ) : (
        <ProductList key={id} entries={entries} name={name} isCut={found?.isCut} />
      )}
    </>
  );
}

/** The look at a category is said once it has turned out to exist. */
function useCategoryView(id: string | null): void {
  const client = useFittingRoom();
  useEffect(() => {
    if (id !== null) client.track("category_view", { category_id: id });
  }, [client, id]);
}
