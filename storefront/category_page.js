/** A category: its leading products, those that suit this visit first. */

import { address } from "./addresses.js";
import { getJson, keepCard } from "./api_client.js";
import { element } from "./element.js";
import { arrange } from "./moving_grid.js";
import { section } from "./sections.js";
import { track } from "./tracker.js";
import { whenVisible } from "./visible.js";

export async function categoryPage(main, announce, id) {
  const path = address("/v1/categories", id, "/products", { limit: 48 });
  const [{ products }, { categories }] = await Promise.all([
    getJson(path),
    getJson("/v1/categories"),
  ]);
  whenVisible(() => track("category_view", { category_id: id }));
  const name = categories.find((category) => category.category_id === id)?.name ?? id;
  document.title = `${name} · Fitting Room`;
  const leaders = section("leaders", "Most looked at", "what suits you comes first");
  const cards = products.map((entry) => keepCard(entry.product));
  main.replaceChildren(
    element("nav", { class: "crumbs", "aria-label": "Where you are" },
      element("a", { href: "/" }, "Home"), element("span", { "aria-current": "page" }, name)),
    element("h1", { class: "page-title" }, name),
    leaders.root,
  );
  arrange(leaders.body, cards.map((product) => ({ product })));

  return function show(profile) {
    if (!profile.active) return;
    const scored = new Map(profile.score_data.products.map((product) => [product.product_id, product]));
    const slots = new Map(profile.slate.map((shown) => [shown.product_id, shown.slot]));
    const score = (card) => scored.get(card.product_id)?.score ?? 0;
    const sorted = [...cards].sort((a, b) => score(b) - score(a));
    const changed = arrange(leaders.body, sorted.map((product) => {
      const found = scored.get(product.product_id);
      if (!found) return { product };
      const slot = slots.get(product.product_id);
      return { product, decision: profile.decision_id, slot, reason: found.reason };
    }));
    if (changed) announce(`${name} is sorted again for you.`);
  };
}
