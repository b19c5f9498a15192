/** What `track` takes; docs/api.md has the meaning of every field. */

export type EventType =
  | "product_view" | "category_view" | "add_to_cart" | "remove_from_cart" | "checkout" | "refund"
  | "impression" | "feedback" | "dwell" | "hover";

export type Purpose = "measure" | "personalize" | "learn" | "share";

export interface OrderLine {
  product_id: string;
  quantity?: number;
  unit_price?: number | string;
  currency?: string;
}

export interface EventFields {
  product_id?: string;
  product_ids?: readonly string[];
  lines?: readonly OrderLine[];
  category_id?: string;
  decision_id?: string;
  slot?: number;
  slots?: readonly number[];
  thumb?: 1 | -1;
  rating?: number;
  bundle_id?: string;
  order_id?: string;
  quantity?: number;
  unit_price?: number | string;
  currency?: string;
  /** Milliseconds, of `dwell` and `hover`. */
  duration_ms?: number;
  region?: string;
  device?: "mobile" | "tablet" | "desktop";
  consent?: readonly Purpose[];
}

export interface ConsentState {
  session_id: string;
  consent: Purpose[];
  refused: Purpose[];
  personalized: boolean;
  chosen_at: string | null;
}
