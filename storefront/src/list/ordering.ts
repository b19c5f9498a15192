/** Orders of a list: the one that suits the visit, or by price. */

export const ORDERS = ["suggested", "cheapest", "dearest"] as const;
export type Order = (typeof ORDERS)[number];

export const ORDER_WORDS: Readonly<Record<Order, string>> = {
  suggested: "Suggested",
  cheapest: "Price: low to high",
  dearest: "Price: high to low",
};

interface Priced {
  product: { price: number | null };
}

/** Products without a price stand last in both orders; equal ones stay as they were. */
export function ordered<T extends Priced>(entries: readonly T[], order: Order): readonly T[] {
  if (order === "suggested") return entries;
  const sign = order === "cheapest" ? 1 : -1;
  return [...entries].sort(({ product: { price: first } }, { product: { price: second } }) => {
    if (first === null || second === null) return Number(first === null) - Number(second === null);
    return sign * (first - second);
  });
}

/** The decided order first, then what it does not name, as it was found; what it leaves out is not shown. */
export function inDecidedOrder<T>(
  found: ReadonlyMap<string, T>, decided: readonly string[], leftOut: readonly string[],
): readonly (readonly [string, T])[] {
  const hidden = new Set(leftOut);
  const named = new Set(decided);
  const rest = [...found.keys()].filter((id) => !named.has(id) && !hidden.has(id));
  return [...decided, ...rest].flatMap((id) => {
    const product = found.get(id);
    return product === undefined ? [] : [[id, product] as const];
  });
}

/** "1 item", "24 of 60 items"; of a list that goes on, "24 of the first 100 items". */
export function countWords(shown: number, all: number, isCut = false): string {
  const items = `${isCut ? "first " : ""}${all} ${all === 1 ? "item" : "items"}`;
  const named = isCut ? `the ${items}` : items;
  return shown < all ? `${shown} of ${named}` : `${named.charAt(0).toUpperCase()}${named.slice(1)}`;
}
