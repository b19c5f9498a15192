import type { FittingRoom } from "@fitting-room/client";
import Head from "next/head";
import { useRouter } from "next/router";
import { type FormEvent, useCallback, useEffect, useRef } from "react";

import { searchPath } from "../catalogue/addresses";
import { keepCard } from "../catalogue/cardStore";
import type { ProductCard } from "../catalogue/types";
import { TroubleNotice } from "../notices/TroubleNotice";
import { SearchIcon } from "../shell/icons";
import { Nothing } from "./Nothing";
import { PageHead } from "./PageHead";
import { ProductList } from "./ProductList";
import styles from "./SearchView.module.css";
import { type Found, type Read, useFound } from "./useFound";
import { useRanked } from "./useRanked";

const MOST = 100;
export const MOST_LETTERS = 200;

async function searched(client: FittingRoom, words: string, signal: AbortSignal): Promise<Found> {
  const query = new URLSearchParams({ words, limit: String(MOST) });
  const { products } = await client.request<{ products: { product: ProductCard; score: number }[] }>(`/v1/search?${query}`, { signal });
  return {
    products: products.map(({ product }) => keepCard(product)),
    scores: new Map(products.map(({ product, score }) => [product.product_id, score])),
    isCut: products.length >= MOST,
  };
}

/** `words` is null until the address has been read. */
export function SearchView({ words }: { words: string | null }) {
  const read = useCallback<Read>((client, signal) => searched(client, words ?? "", signal), [words]);
  const { found, error, reload } = useFound(words ? `search ${words}` : null, read);
  const entries = useRanked(found, words ?? "");
  return (
    <>
      <Head><title>{`${words || "Search"} · Fitting Room`}</title></Head>
      <PageHead title="Search" path={[{ href: "/", name: "Home" }]}>
        <SearchForm words={words ?? ""} />
      </PageHead>
      {words === "" ? (
        <Nothing title="What are you looking for?"><p>A kind of garment, a colour, a cloth. Or begin here:</p></Nothing>
      ) : found === null && error !== null ? (
        <TroubleNotice error={error} part onRetry={reload} />
      ) : entries?.length === 0 ? (
        <Nothing title="Nothing was found">
          <p>Nothing here has the words <q dir="auto">{words}</q>. Try fewer or plainer ones, or begin here:</p>
        </Nothing>
      ) : (
        <ProductList key={words} entries={entries} name="Search" isCut={found?.isCut} />
      )}
    </>
  );
}

function SearchForm({ words }: { words: string }) {
  const router = useRouter();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (field.current) field.current.value = words;
  }, [words]);

  function search(event: FormEvent) {
    event.preventDefault();
    const wanted = field.current?.value.trim().slice(0, MOST_LETTERS) ?? "";
    void router.push(searchPath(wanted));
  }

  return (
    <form role="search" action="/search" className={styles.form} onSubmit={search}>
      <label className="unseen" htmlFor="words">Search for</label>
      <input ref={field} id="words" name="words" type="search" className={styles.field} placeholder="Linen shirt, navy, wool" maxLength={MOST_LETTERS} defaultValue={words} autoComplete="off" dir="auto" />
      <button type="submit" className={styles.go} aria-label="Search"><SearchIcon /></button>
    </form>
  );
}
