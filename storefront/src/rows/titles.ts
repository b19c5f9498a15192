/** Titles of rows: they say what the cards under them are, and nothing more. */

import type { Profile, Row } from "@fitting-room/client";

export interface Title {
  title: string;
  note: string;
}

type Visit = Pick<Profile, "active" | "personalized" | "live_weight">;

export function personalTitle({ active, personalized, live_weight: weight }: Visit): Title {
  if (!personalized) return { title: "What shoppers choose now", note: "The same for everybody, as you have asked." };
  if (active) return { title: "Items you may love based on your recent interactions", note: "" };
  // One act is no habit yet, but the cards speak of it already.
  if (weight > 0) return { title: "Items you may love", note: "After what you have just looked at." };
  return { title: "A good place to start", note: "What shoppers choose now. It follows you from your first look on." };
}

/** A row's own title, unless it says more of the shopper than may be known. */
export function rowTitle(row: Pick<Row, "title" | "strategy">, visit: Pick<Profile, "personalized"> | null): string {
  if (visit?.personalized !== false) return row.title;
  if (row.strategy === "trending") return "Trending now";
  return row.title.replace(/ you may love/i, " of the shop");
}

/** The name of a country in the reader's language; null where it is none. */
export function regionName(code: string | null): string | null {
  if (!isCountry(code)) return null;
  try {
    // Names of countries take a phone twenty milliseconds to find.
    names ??= new Intl.DisplayNames(undefined, { type: "region", fallback: "none" });
    return names.of(code.toUpperCase()) ?? null;
  } catch {
    return null;
  }
}

let names: Intl.DisplayNames | undefined;

/** ZZ is a code of no country, and has a name all the same. */
const isCountry = (code: string | null): code is string => code !== null && /^[A-Za-z]{2}$/.test(code) && !/^zz$/i.test(code);

export const REGION_REASON = "Popular in your region";
const FEWEST_OF_REGION = 3;

/** Products that a profile has for what its region buys; none without a region or of too few. */
export function ofRegion(profile: Pick<Profile, "region" | "score_data">, elsewhere: ReadonlySet<string>, most: number): readonly Profile["score_data"]["products"][number][] {
  if (!isCountry(profile.region)) return [];
  const found = profile.score_data.products.filter(
    ({ product_id: id, reason }) => reason.startsWith(REGION_REASON) && !elsewhere.has(id),
  );
  return found.length < FEWEST_OF_REGION ? [] : found.slice(0, most);
}
