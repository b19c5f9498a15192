/** Product cards, kept for some minutes while the shop is open in this tab. */

import type { FittingRoom, Profile } from "@fitting-room/client";

import type { ProductCard } from "./types";

const MOST_KEPT = 2_000;
const MOST_IDS = 100;
/** Characters of a query that servers and proxies take. */
const LONGEST_QUERY = 4_000;
/** What nobody tells, such as that a product is sold out which no row shows, is read anew after so long. */
const FRESH_MS = 300_000;
/** What profiles and rows say of products, each some of it. */
const OF_NEWS = ["title", "price", "currency", "category_id", "image_url", "rating", "list_price", "availability"] as const;
type Said = Pick<ProductCard, "product_id"> & Partial<Pick<ProductCard, (typeof OF_NEWS)[number]>>;

const cards = new Map<string, ProductCard>();
const readAt = new WeakMap<ProductCard, number>();
let lastDecision: string | null = null;

export function keepCard(card: ProductCard): ProductCard {
  cards.delete(card.product_id);
  cards.set(card.product_id, card);
  readAt.set(card, Date.now());
  const oldest = cards.keys().next().value;
  if (cards.size > MOST_KEPT && oldest !== undefined) cards.delete(oldest);
  return card;
}

export const knownCard = (id: string): ProductCard | undefined => cards.get(id);

/** As few queries as name all ids, none longer than servers and proxies take. */
export function queriesFor(ids: readonly string[]): readonly string[] {
  const queries: string[] = [];
  let named: string[][] = [];
  for (const id of ids) {
    const next = [...named, ["id", id]];
    if (named.length > 0 && (next.length > MOST_IDS || new URLSearchParams(next).toString().length > LONGEST_QUERY)) {
      queries.push(new URLSearchParams(named).toString());
      named = [["id", id]];
    } else named = next;
  }
  if (named.length > 0) queries.push(new URLSearchParams(named).toString());
  return queries;
}

function isFresh(id: string): boolean {
  const card = cards.get(id);
  return card !== undefined && Date.now() - (readAt.get(card) ?? 0) < FRESH_MS;
}

export interface Loading {
  signal?: AbortSignal;
  /** Read all of them anew, or fail: for what money depends on. */
  now?: boolean;
}

/** Cards by id; those that the shop does not have are absent. Old ones do while the shop cannot be asked. */
export async function loadCards(client: FittingRoom, ids: readonly string[], { signal, now = false }: Loading = {}): Promise<ReadonlyMap<string, ProductCard>> {
  const asked = [...new Set(ids)].filter((id) => now || !isFresh(id));
  const isNeeded = now || asked.some((id) => !cards.has(id));
  const read = await readCards(client, asked, signal).catch((error: unknown) => {
    if (isNeeded) throw error;
    return null;
  });
  // What was asked for and is not in the answer has been taken off the shop.
  if (read) for (const id of asked) if (!read.has(id)) cards.delete(id);
  return new Map(ids.flatMap((id) => {
    const card = read?.get(id) ?? cards.get(id);
    return card ? [[id, card] as const] : [];
  }));
}

async function readCards(client: FittingRoom, ids: readonly string[], signal: AbortSignal | undefined): Promise<ReadonlyMap<string, ProductCard>> {
  const answers = await Promise.all(
    queriesFor(ids).map((query) => client.request<{ products: ProductCard[] }>(`/v1/products?${query}`, signal ? { signal } : {})),
  );
  return new Map(answers.flatMap(({ products }) => products).map((card) => [card.product_id, keepCard(card)]));
}

/**
 * Forget the cards that a new profile says otherwise of, so that they are read again. Another profile
 * of the same decision means that the shop has changed something that the page shows.
 */
export function forgetOutdated(profile: Profile): void {
  if (profile.decision_id === lastDecision) cards.clear();
  lastDecision = profile.decision_id;
  forgetOtherwise(profile.score_data.products);
}

/** Forget the cards of which somebody has newer words; what they do not say is no word. */
export function forgetOtherwise(news: readonly Said[]): void {
  for (const now of news) {
    const card = cards.get(now.product_id);
    if (card && OF_NEWS.some((name) => now[name] !== undefined && card[name] !== now[name])) cards.delete(now.product_id);
  }
}
