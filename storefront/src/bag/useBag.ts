import { useCallback, useSyncExternalStore } from "react";

import type { CardProduct } from "../catalogue/types";
import { useAct } from "../live/useAct";
import { type Added, type BagLine, countOf, emptyBag, keepBag, onBag, piecesOf, readBag, withAllAdded, withoutLines, withQuantity } from "./bag";

export interface Bag {
  lines: readonly BagLine[];
  /** Pieces. */
  count: number;
}

/** The bag as it is now, in every tab; empty in exported pages. */
export function useBag(): Bag {
  const lines = useSyncExternalStore(onBag, readBag, emptyBag);
  return { lines, count: countOf(lines) };
}

/** A product that is put into the bag, and what it came with. */
export interface Item extends Added {
  product: CardProduct;
}

export interface BagChanges {
  /**
   * One piece more of each, or of none: false where the bag has no room for all. The event names the
   * bundle's decision, or the one that the page came from.
   */
  add(items: readonly Item[]): boolean;
  setQuantity(line: BagLine, quantity: number): void;
  /** Take out what was ordered; what else is in the bag stays. */
  takeOut(ordered: readonly BagLine[]): void;
}

/** Changes of the bag, each with its event. */
export function useBagChanges(): BagChanges {
  const act = useAct();
  const add = useCallback<BagChanges["add"]>((items) => {
    const lines = withAllAdded(readBag(), items);
    if (lines === null) return false;
    keepBag(lines);
    for (const { product, suggested } of items) {
      // The event of a cart has no bundle: the decision that suggested it stands for it.
      act("add_to_cart", { product_id: product.product_id, ...(suggested ? { decision_id: suggested.decision_id } : {}) });
    }
    return true;
  }, [act]);
  const setQuantity = useCallback<BagChanges["setQuantity"]>(({ line_id: id, product_id }, quantity) => {
    const before = readBag();
    const after = withQuantity(before, id, quantity);
    keepBag(after);
    const more = piecesOf(after, id) - piecesOf(before, id);
    if (more > 0) act("add_to_cart", { product_id, quantity: more });
    // Fewer pieces are no change of mind. Without a number the product is taken away whole, also
    // what was put in by another line or visit.
    const isGone = !after.some((line) => line.product_id === product_id);
    if (more < 0 && isGone) act("remove_from_cart", { product_id });
  }, [act]);
  const takeOut = useCallback<BagChanges["takeOut"]>((ordered) => {
    keepBag(withoutLines(readBag(), new Set(ordered.map(({ line_id: id }) => id))));
  }, []);
  return { add, setQuantity, takeOut };
}
