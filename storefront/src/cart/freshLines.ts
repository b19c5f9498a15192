/** What the catalogue says now of products in the bag. */

import type { BundleSuggestion } from "@fitting-room/client";

import type { BagLine } from "../bag/bag.ts";
import type { CardProduct } from "../catalogue/types.ts";
import { offeredOf } from "../rows/bundles.ts";

export interface KnownCards {
  asked: ReadonlySet<string>;
  found: ReadonlyMap<string, CardProduct>;
}

export interface FreshLines {
  /** What can be ordered. */
  lines: readonly BagLine[];
  /** What was taken off the shop, or is sold out. */
  unavailable: readonly BagLine[];
}

export function freshLines(lines: readonly BagLine[], cards: KnownCards | null): FreshLines {
  const available: BagLine[] = [];
  const unavailable: BagLine[] = [];
  for (const line of lines) {
    const now = cards?.found.get(line.product_id);
    const isGone = cards?.asked.has(line.product_id) === true && now === undefined;
    const fresh = now ? { ...line, product: { ...line.product, ...now } } : line;
    if (isGone || fresh.product.availability === "out_of_stock") unavailable.push(fresh);
    else available.push(fresh);
  }
  return { lines: available, unavailable };
}

/**
 * The lines with what the shop asks now for the bundles that it still suggests. Suggestions follow
 * the visit: that one is not among them says nothing of its offer.
 */
export function withOffersOfNow(lines: readonly BagLine[], suggestions: readonly BundleSuggestion[]): readonly BagLine[] {
  const known = new Map(suggestions.map((suggestion) => [suggestion.bundle_id, suggestion]));
  return lines.map((line) => {
    const now = known.get(line.suggested?.bundle_id ?? "");
    return now ? { ...line, offered: offeredOf(now, line.product_id) } : line;
  });
}
