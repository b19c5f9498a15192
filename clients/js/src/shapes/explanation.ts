/** Why something was shown (docs/ranking.md). */

import type { BundlePrice } from "./profile.js";
import type { EventType } from "./events.js";

/** One summand of a score; the factors let anyone check the amount. */
export interface Contribution {
  kind: "event" | "prior" | "adjustment";
  amount: number;
  subject: string;
  label: string;
  event_type: EventType | null;
  category_id: string | null;
  reward: number | null;
  age: number | null;
  freshness: number | null;
  relevance: number | null;
  probability: number | null;
  weight: number | null;
  strength: number | null;
}

/** Words for some summands; the amounts of all clauses add up to the score. */
export interface Clause { words: string; amount: number; contributions: Contribution[] }

export interface Explained {
  subject: string;
  title: string;
  /** 1 is the best of all that were considered. */
  rank: number;
  score: number;
  sum_of_contributions: number;
  sentence: string;
  clauses: Clause[];
  sources: string[];
  shown: {
    placement: string; slot: number; propensity: number; explored: boolean; pinned: boolean; words: string;
  } | null;
}

export interface Explanation {
  decision_id: string;
  session_id: string;
  decided_at: string;
  context: Record<string, unknown>;
  formula: string;
  live_weight: number;
  evidence_amount: number;
  base_policy: string;
  policy_version: string;
  policies: { placement: string; policy: string; policy_version: string; words: string }[];
  generation_id: string | null;
  products: Explained[];
  categories: Explained[];
  bundles: {
    bundle_id: string; product_ids: string[]; sentence: string; rule_id: string | null; price: BundlePrice | null;
  }[];
  asked: Record<string, unknown> | null;
  asked_for: string | null;
}
