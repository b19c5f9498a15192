/** Past decisions of a visit, as a person reads them. */

export interface PastDecision {
  decision_id: string;
  decided_at: string;
  kind: "profile" | "row" | "rank";
  strategy: string | null;
  placements: readonly string[];
  active: boolean;
  live_weight: number;
  product_ids: readonly string[];
}

const STRATEGIES: Readonly<Record<string, string>> = {
  personal: "Items chosen for you",
  similar: "Similar items",
  complementary: "What goes well with it",
  bought_together: "Bought together",
  bundles: "Bundles",
  trending: "Trending items",
  popular: "Popular items",
  new: "New items",
  recently_viewed: "What you looked at",
  buy_again: "What you may buy again",
  category: "Items of a category",
};

export function decisionName({ kind, strategy }: Pick<PastDecision, "kind" | "strategy">): string {
  if (kind === "rank") return "The order of a list";
  if (kind === "row") return STRATEGIES[strategy ?? ""] ?? "A row of a page";
  return "What you may love";
}

const BY: Readonly<Record<string, string>> = {
  similar: "The product that it is about",
  complementary: "The products that it is about",
  bought_together: "The products that it is about",
  recently_viewed: "What you did",
  buy_again: "What you did",
};

/** What it was chosen by, and how much of that was the visit itself. */
export function shareWords({ live_weight: weight, strategy }: Pick<PastDecision, "live_weight" | "strategy">): string {
  const share = Math.round(100 * Math.max(0, Math.min(1, weight)));
  return share > 0 ? `${share}\u00a0% your visit` : (BY[strategy ?? ""] ?? "All shoppers");
}

export function momentWords(at: string): string {
  const moment = new Date(at);
  return Number.isNaN(moment.getTime()) ? at : new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }).format(moment);
}
