/** The home page: categories, then products for this visit, then rows and bundles. */

import { categoryPath } from "./addresses.js";
import { getJson, productCards } from "./api_client.js";
import { bundleCards } from "./bundles.js";
import { element } from "./element.js";
import { garment } from "./garments.js";
import { arrange } from "./moving_grid.js";
import { rowParts } from "./rows.js";
import { section } from "./sections.js";

const CATEGORIES_SHOWN = 8;
const PRODUCTS_SHOWN = 12;
const BUNDLES_SHOWN = 3;
const ROWS = [
  // What was viewed may stand elsewhere too.
  { strategy: "recently_viewed", count: 6, exclude: [] },
  { strategy: "similar", count: 6 },
  { strategy: "trending", count: 6 },
  { strategy: "new", count: 6 },
];
const RANKINGS = {
  rating: ["Top categories", "by what shoppers rate best"],
  popularity: ["Top categories", "by popularity: this shop has no ratings yet"],
  name: ["Categories", ""],
};

function hero() {
  const dressed = [
    { product_id: "hero-4", title: "blouse", colour: "cream", category_id: "" },
    { product_id: "hero-2", title: "skirt", colour: "burgundy", category_id: "" },
    { product_id: "hero-1", title: "trousers", colour: "navy blue", category_id: "" },
  ];
  return element(
    "section",
    { class: "hero", "aria-label": "Welcome" },
    element(
      "div",
      { class: "hero-text" },
      element("h1", {}, "Try things on. The shop takes notes."),
      element("p", {}, "Look around: the shelves below follow your taste within a second, and each suggestion tells you why it is there."),
      element("a", { class: "primary", href: "#title-personal" }, "See what suits you"),
    ),
    element("div", { class: "hero-rail", "aria-hidden": "true" }, dressed.map(garment)),
  );
}

function categoryTile({ category_id: id, name, value, support }, rankedBy) {
  const figure = rankedBy === "rating" && value !== null
    ? `★ ${value.toFixed(2)}`
    : support > 0 ? `${support.toLocaleString()} visits` : "";
  const sample = { product_id: id, title: name, category_id: id, colour: null };
  return element(
    "a",
    { class: "shelf", href: categoryPath(id) },
    garment(sample),
    element("b", {}, name),
    element("small", {}, figure),
  );
}

async function showCategories(part) {
  const { ranked_by: rankedBy, categories } = await getJson("/v1/categories");
  part.say(...RANKINGS[rankedBy]);
  part.body.className = "shelf-grid";
  const shown = categories.slice(0, CATEGORIES_SHOWN);
  part.body.replaceChildren(...shown.map((category) => categoryTile(category, rankedBy)));
}

/** The page's own slots first, then the next best without a slot. */
function entriesOf(profile, cards) {
  const scored = new Map(profile.score_data.products.map((product) => [product.product_id, product]));
  const slots = profile.slate.filter((shown) => shown.placement === "home").map((shown) => (
    { id: shown.product_id, slot: shown.slot, explored: shown.explored }
  ));
  const inSlate = new Set(profile.slate.map((shown) => shown.product_id));
  const rest = [...scored.keys()].filter((id) => !inSlate.has(id)).map((id) => ({ id }));
  return [...slots, ...rest]
    .filter(({ id }) => cards.has(id))
    .slice(0, PRODUCTS_SHOWN)
    .map(({ id, slot, explored }) => ({
      product: cards.get(id),
      decision: profile.decision_id,
      slot,
      explored,
      reason: scored.get(id)?.reason ?? "To try something new",
    }));
}

function sayPersonal(part, profile) {
  if (profile.active) {
    part.say("Items you may love based on your recent interactions", "");
  } else if (profile.live_weight > 0) {
    // One act is no habit yet, but the cards speak of it already.
    part.say("Items you may love", "because of what you have just looked at");
  } else {
    part.say("A good place to start", "what shoppers look at this season");
  }
}

export async function homePage(main, announce) {
  const parts = {
    categories: section("categories", "Top categories"),
    personal: section("personal", "Items you may love"),
    bundles: section("bundles", "Better together", "what others bought together"),
  };
  const rows = rowParts(ROWS);
  const { categories, personal, bundles } = parts;
  main.replaceChildren(hero(), categories.root, personal.root, ...rows.roots, bundles.root);
  bundles.show(false);
  showCategories(parts.categories).catch(() => parts.categories.show(false));

  return async function show(profile) {
    const cards = await productCards([
      ...profile.score_data.products.map((product) => product.product_id),
      ...profile.slate.map((shown) => shown.product_id),
    ]);
    sayPersonal(personal, profile);
    const entries = entriesOf(profile, cards);
    const moved = arrange(personal.body, entries);
    // What fills the grid up is no reason to leave it out of a row.
    const decided = entries.filter(({ slot }) => slot !== undefined);
    const changed = await rows.show(profile, decided.map(({ product }) => product.product_id));
    if (moved || changed) announce("Your suggestions have changed.");
    const suggested = profile.bundled_discount_suggestions.slice(0, BUNDLES_SHOWN);
    const offers = await bundleCards(suggested, profile.decision_id);
    bundles.show(offers.length > 0);
    bundles.body.className = "bundle-grid";
    bundles.body.replaceChildren(...offers);
  };
}
