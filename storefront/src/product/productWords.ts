/** What is said of a product beside its title and price. */

import type { ProductCard } from "../catalogue/types.ts";

export function ratingWords({ rating, rating_count: count }: Pick<ProductCard, "rating" | "rating_count">): string {
  if (rating === null) return "Not rated yet";
  const by = count ? `, by ${count.toLocaleString()} shoppers or more` : "";
  return `${rating.toFixed(1)} of 5 stars${by}`;
}

const AVAILABILITY: Readonly<Record<string, string>> = {
  in_stock: "In stock.",
  out_of_stock: "It is sold out for now.",
  preorder: "Not out yet: order it ahead.",
  backorder: "On its way to us: it takes a little longer.",
};

/** Nothing, rather than a word of the machine, where the shop says something new. */
export const availabilityWords = (availability: string): string => AVAILABILITY[availability] ?? "";

type Facts = Pick<ProductCard, "brand" | "colour" | "colours" | "size" | "sizes" | "category_name">;

export function factsOf({ brand, colour, colours, size, sizes, category_name: category }: Facts): readonly (readonly [string, string])[] {
  const facts: readonly (readonly [string, string | null])[] = [
    ["Brand", brand],
    ["Kind", category || null],
    ["Colour", colours.length > 1 ? colours.join(", ") : colour],
    ["Size", sizes.length > 1 ? sizes.join(", ") : size],
  ];
  return facts.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}
