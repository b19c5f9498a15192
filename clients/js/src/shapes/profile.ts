/** A profile as `GET /v1/profiles/{session}` and its stream send it. */

export interface ScoredCategory { category_id: string; name: string; score: number; reason: string }

export interface ScoredProduct {
  product_id: string;
  category_id: string;
  title: string;
  price: number | null;
  currency: string;
  image_url: string | null;
  rating: number | null;
  score: number;
  reason: string;
}

export interface ProfileSlot {
  slot: number;
  product_id: string;
  propensity: number;
  explored: boolean;
  placement: string;
  policy: string;
}

/** Amounts in the smallest unit of the currency, which has so many `digits`. */
export interface BundlePrice {
  currency: string;
  digits: number;
  before: number;
  after: number;
  saving: number;
  lines: { product_id: string; before: number; after: number }[];
}

export interface BundleSuggestion {
  bundle_id: string;
  product_ids: string[];
  discount_percent: number;
  reason: string;
  offer: { rule_id: string; reason: string; price: BundlePrice | null } | null;
}

export interface Profile {
  session_id: string;
  user_id: string | null;
  version: number;
  decision_id: string;
  created_at: string;
  expiry: string;
  active: boolean;
  live_weight: number;
  score_data: { categories: ScoredCategory[]; products: ScoredProduct[] };
  slate: ProfileSlot[];
  recent_products: string[];
  bundled_discount_suggestions: BundleSuggestion[];
  trending_recommendations: { product_id: string; growth: number; reason: string }[];
  reasons: string[];
  base_policy: string;
  policy_version: string;
  generation_id: string | null;
  rules_version: number;
  region: string | null;
  personalized: boolean;
  decision_token?: string | null;
}
