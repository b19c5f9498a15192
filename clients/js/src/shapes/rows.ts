/** What pages ask of rows and ranked lists, and what they are answered (docs/page_calls.md). */

export type Strategy =
  | "personal" | "similar" | "complementary" | "bought_together" | "bundles" | "trending" | "popular"
  | "new" | "recently_viewed" | "buy_again" | "category";

export interface RowQuestion {
  placement?: string;
  strategy?: Strategy;
  title?: string;
  product_id?: string;
  product_ids?: readonly string[];
  cart?: readonly (string | { product_id: string })[];
  category_id?: string;
  words?: string;
  market?: string;
  filter?: Readonly<Record<string, unknown>>;
  exclude?: readonly string[];
  count?: number;
  cursor?: string;
  fallbacks?: readonly Strategy[];
  caps?: readonly { field: string; most: number }[];
}

export interface RowItem {
  product_id: string;
  slot: number;
  score: number;
  propensity: number;
  explored: boolean;
  source: string;
  reason: string;
  title: string;
  category_id: string;
  category_name: string;
  price: number | null;
  currency: string;
  image_url: string | null;
  brand: string | null;
  list_price: number | null;
  availability: string;
  page_url: string | null;
}

/** Fields that say nothing are left out of the answer. */
export interface Row {
  placement: string;
  title: string;
  strategy: Strategy;
  items: RowItem[];
  fell_back_from?: Strategy;
  short?: string;
  cursor?: string;
  decision_id?: string;
  decision_token?: string;
}

export interface RankQuestion {
  product_ids?: readonly string[];
  items?: readonly { product_id: string; score?: number }[];
  count?: number;
  placement?: string;
  words?: string;
  market?: string;
  filter?: Readonly<Record<string, unknown>>;
  score_share?: number;
}

export interface RankedItem {
  product_id: string;
  slot: number;
  score: number;
  propensity: number;
  explored: boolean;
}

export interface Ranking {
  session_id: string;
  recorded: boolean;
  items: RankedItem[];
  unknown?: string[];
  left_out?: string[];
  short?: string;
  decision_id?: string;
  decision_token?: string;
  warnings?: { code: string; detail: string; names: string[] }[];
}
