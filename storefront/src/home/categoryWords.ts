/** What is said of the order of categories, which depends on what the shop knows of them. */

import type { CategoryCard, RankedBy } from "../catalogue/types";

export const RANKINGS: Readonly<Record<RankedBy, { title: string; note: string }>> = {
  rating: { title: "Top categories", note: "By what shoppers rate best." },
  popularity: { title: "Top categories", note: "By what shoppers look at: nothing is rated yet." },
  name: { title: "Categories", note: "" },
};

export function figureOf({ value, support }: Pick<CategoryCard, "value" | "support">, rankedBy: RankedBy): string {
  if (rankedBy === "rating" && value !== null) return `${value.toFixed(2)} of 5 stars`;
  if (rankedBy === "popularity" && support !== null && support > 0) return `${support.toLocaleString()} shoppers or more`;
  return "";
}
