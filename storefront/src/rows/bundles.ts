/** Offers of several products together, as a page shows them. */

import type { BundleSuggestion } from "@fitting-room/client";

import type { ExactAmount } from "../bag/bag.ts";
import type { CardProduct } from "../catalogue/types.ts";
import { exactMoney, money, sumOf } from "../catalogue/money.ts";

export interface ShownBundle {
  suggestion: BundleSuggestion;
  products: readonly CardProduct[];
  /** The decision that suggested it: taking it counts for that. */
  decisionId: string;
}

/** Bundles of which every product is known; the others cannot be taken. */
export function shownBundles(
  suggestions: readonly BundleSuggestion[], cards: ReadonlyMap<string, CardProduct>, decisionId: string, most: number,
): readonly ShownBundle[] {
  return suggestions
    .map((suggestion) => ({ suggestion, decisionId, products: suggestion.product_ids.flatMap((id) => cards.get(id) ?? []) }))
    .filter(({ suggestion, products }) => products.length > 1 && products.length === suggestion.product_ids.length)
    .slice(0, most);
}

export interface BundleMoney {
  now: string;
  before: string;
  saving: string;
}

/** What it costs: the offer to the cent, or else the sum, if there is one. A saving is only ever the offer's. */
export function bundleMoney({ suggestion, products }: Pick<ShownBundle, "suggestion" | "products">): BundleMoney {
  const price = suggestion.offer?.price;
  if (price) {
    return { now: exactMoney(price.after, price), before: exactMoney(price.before, price), saving: `Save ${exactMoney(price.saving, price)}` };
  }
  if (suggestion.offer && suggestion.discount_percent > 0) return { now: "", before: "", saving: `Save ${suggestion.discount_percent}\u00a0%` };
  const sum = sumOf(products);
  return { now: sum === null ? "" : money(sum, products[0]?.currency ?? ""), before: "", saving: "" };
}

/** What a product costs with its part of the saving; null where the catalogue's price counts. */
export function offeredOf(suggestion: BundleSuggestion, id: string): ExactAmount | null {
  const price = suggestion.offer?.price;
  const line = price?.lines.find(({ product_id: of }) => of === id);
  return price && line ? { units: line.after, currency: price.currency, digits: price.digits } : null;
}
