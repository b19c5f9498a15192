/** A product: picture, bag and feedback, and what is like it or goes with it. */

import { address, categoryPath } from "./addresses.js";
import { getJson, keepCard, productCards } from "./api_client.js";
import { addToBag } from "./bag.js";
import { bundleCards } from "./bundles.js";
import { outcomeFields } from "./came_from.js";
import { tile } from "./cards.js";
import { watchDwell } from "./dwell.js";
import { element } from "./element.js";
import { money } from "./money.js";
import { arrange } from "./moving_grid.js";
import { rowParts } from "./rows.js";
import { section } from "./sections.js";
import { track } from "./tracker.js";
import { whenVisible } from "./visible.js";

const SIMILAR_SHOWN = 8;
const COMPLEMENTS_SHOWN = 6;
const PERSONAL_SHOWN = 6;

function ratingLine(product) {
  if (!product.rating) return "Not rated yet";
  const count = product.rating_count ? ` from ${product.rating_count.toLocaleString()} ratings` : "";
  return `★ ${product.rating.toFixed(1)}${count}`;
}

function thumbs(product, announce) {
  const buttons = [[1, "Like it", "M7 11v9H4v-9zm2 9V10l4-7c2 0 2 2 1.6 3.4L14 10h5.4c1 0 1.8.9 1.6 2l-1.3 6.4a2 2 0 0 1-2 1.6z"],
    [-1, "Not for me", "M17 13V4h3v9zM15 4v10l-4 7c-2 0-2-2-1.6-3.4L10 14H4.6c-1 0-1.8-.9-1.6-2l1.3-6.4A2 2 0 0 1 6.3 4z"]]
    .map(([thumb, label, path]) => {
      const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      icon.setAttribute("viewBox", "0 0 24 24");
      icon.setAttribute("aria-hidden", "true");
      icon.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
      icon.firstChild.setAttribute("d", path);
      const button = element("button", { type: "button", class: "thumb", "aria-pressed": "false", "aria-label": label, title: label }, icon);
      button.addEventListener("click", () => {
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        track("feedback", { product_id: product.product_id, thumb, ...outcomeFields(product.product_id) });
        announce("Thank you, your suggestions take it into account.");
      });
      return button;
    });
  return element("div", { class: "thumbs", role: "group", "aria-label": "What do you think?" }, buttons);
}

function sheetOf(product, announce) {
  const add = element("button", { type: "button", class: "primary" }, "Add to bag");
  add.addEventListener("click", () => {
    // At the price of now, which may have changed since the page was opened.
    productCards([product.product_id]).then((now) => addToBag(now.get(product.product_id) ?? product));
    announce(`${product.title} is in your bag.`);
  });
  return element(
    "article",
    { class: "product" },
    element("div", { class: "product-picture" }, tile(product)),
    element(
      "div",
      { class: "product-text" },
      element("nav", { class: "crumbs", "aria-label": "Where you are" },
        element("a", { href: "/" }, "Home"),
        element("a", { href: categoryPath(product.category_id) },
          product.category_name || product.category_id)),
      element("h1", {}, product.title),
      element("p", { class: "rating" }, ratingLine(product)),
      element("p", { class: "price" }, money(product.price, product.currency)),
      product.colour ? element("p", { class: "note" }, `Colour: ${product.colour}`) : null,
      element("div", { class: "actions" }, add, thumbs(product, announce)),
    ),
  );
}

/** Show what the shop says by now of the product; one that it lacks stays as it was. */
function sayNow(sheet, product) {
  if (!product) return;
  sheet.querySelector("h1").textContent = product.title;
  sheet.querySelector(".price").textContent = money(product.price, product.currency);
  sheet.querySelector(".rating").textContent = ratingLine(product);
}

/** The slots of `aside`, if the shop has that placement, otherwise the whole slate. */
function asideOf(profile) {
  const own = profile.slate.filter((shown) => shown.placement === "aside");
  return own.length > 0 ? own : profile.slate;
}

function withDecision(profile, cards, except) {
  const scored = new Map(profile.score_data.products.map((product) => [product.product_id, product]));
  return asideOf(profile)
    .filter((shown) => shown.product_id !== except && cards.has(shown.product_id))
    .slice(0, PERSONAL_SHOWN)
    .map((shown) => ({
      product: cards.get(shown.product_id),
      decision: profile.decision_id,
      slot: shown.slot,
      explored: shown.explored,
      reason: scored.get(shown.product_id)?.reason ?? "To try something new",
    }));
}

export async function productPage(main, announce, id) {
  const product = keepCard(await getJson(address("/v1/products", id)));
  document.title = `${product.title} · Fitting Room`;
  whenVisible(() => track("product_view", { product_id: id, ...outcomeFields(id) }));
  const rows = rowParts([
    { strategy: "similar", product_id: id, count: SIMILAR_SHOWN },
    { strategy: "complementary", product_id: id, count: COMPLEMENTS_SHOWN },
  ]);
  const bundles = section("bundles", "Better together", "what others bought together");
  const personal = section("personal", "Items you may love based on your recent interactions");
  bundles.body.className = "bundle-grid";
  const sheet = sheetOf(product, announce);
  main.replaceChildren(sheet, bundles.root, ...rows.roots, personal.root);
  for (const part of [bundles, personal]) part.show(false);
  watchDwell(sheet, id);

  return async function show(profile) {
    const cards = await productCards([id, ...profile.slate.map((shown) => shown.product_id)]);
    sayNow(sheet, cards.get(id));
    const entries = withDecision(profile, cards, id);
    personal.show(profile.active && entries.length > 0);
    if (profile.active) arrange(personal.body, entries);
    await rows.show(profile, profile.active ? entries.map(({ product: card }) => card.product_id) : []);
    const here = profile.bundled_discount_suggestions.filter((bundle) => bundle.product_ids.includes(id));
    const found = await bundleCards(here.slice(0, 2), profile.decision_id);
    bundles.show(found.length > 0);
    bundles.body.replaceChildren(...found);
  };
}
