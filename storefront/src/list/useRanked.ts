import type { FittingRoom, Ranking } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import { startTransition, useEffect, useState } from "react";

import type { Entry } from "../cards/entry";
import { seenOf } from "../live/stand";
import { useVisit } from "../live/useVisit";
import { inDecidedOrder } from "./ordering";
import type { Found } from "./useFound";

/** As many as one call ranks. */
const MOST_RANKED = 500;

function rank(client: FittingRoom, { products, scores }: Found, words: string, signal: AbortSignal): Promise<Ranking> {
  const ids = products.slice(0, MOST_RANKED).map(({ product_id: id }) => id);
  const question = scores.size === 0
    ? { product_ids: ids }
    : { items: ids.map((id) => ({ product_id: id, score: scores.get(id) ?? 0 })) };
  return client.rank({ ...question, ...(words ? { words } : {}) }, { signal });
}

/**
 * Found products in the order that suits the visit, asked for again when it has gone on. Null until
 * the first order; where the order cannot be had, products stand as they were found.
 */
export function useRanked(found: Found | null, words: string): readonly Entry[] | null {
  const client = useFittingRoom();
  const { profile, error } = useVisit();
  const [answer, setAnswer] = useState<{ of: Found; entries: readonly Entry[] } | null>(null);
  const stand = seenOf(profile);
  const isAway = profile === null && error !== null;
  useEffect(() => {
    if (found === null) return undefined;
    // The order of somebody who has left is not the next one's.
    if (stand === null && !isAway) return setAnswer(null);
    const stop = new AbortController();
    const show = (ranking: Pick<Ranking, "items" | "left_out" | "decision_id">) => {
      if (!stop.signal.aborted) startTransition(() => setAnswer({ of: found, entries: entriesOf(found, ranking) }));
    };
    if (found.products.length === 0 || isAway) show({ items: [] });
    else rank(client, found, words, stop.signal).then(show, () => show({ items: [] }));
    return () => stop.abort();
  }, [client, found, words, stand, isAway]);
  return answer?.of === found ? answer.entries : null;
}

function entriesOf({ products }: Found, ranking: Pick<Ranking, "items" | "left_out" | "decision_id">): readonly Entry[] {
  const byId = new Map(products.map((product) => [product.product_id, product]));
  const places = new Map(ranking.items.map((item) => [item.product_id, item]));
  const decided = ranking.items.map(({ product_id: id }) => id);
  return inDecidedOrder(byId, decided, ranking.left_out ?? []).map(([id, product]) => {
    const item = places.get(id);
    return { product, decisionId: item && ranking.decision_id, slot: item?.slot, explored: item?.explored };
  });
}
