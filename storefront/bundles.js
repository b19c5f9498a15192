/** Suggestions to take several products together, with their discount. */

import { productCards } from "./api_client.js";
import { addToBag } from "./bag.js";
import { productPath, tile } from "./cards.js";
import { element } from "./element.js";
import { money } from "./money.js";

/** `decision` suggested the bundles; taking one counts for it. */
export async function bundleCards(bundles, decision) {
  const cards = await productCards(bundles.flatMap((one) => one.product_ids));
  return bundles
    .map((one) => ({ ...one, products: one.product_ids.map((id) => cards.get(id)).filter(Boolean) }))
    .filter((one) => one.products.length > 1)
    .map((one) => bundleCard(one, decision));
}

function bundleCard(bundle, decision) {
  const { products, discount_percent: discount } = bundle;
  const full = products.reduce((sum, one) => sum + (one.price ?? 0), 0);
  const currency = products[0].currency;
  const add = element("button", { type: "button", class: "quiet" }, "Add them all");
  add.addEventListener("click", () => {
    const suggested = { bundle_id: bundle.bundle_id, decision_id: decision };
    for (const product of products) addToBag(product, suggested);
    add.textContent = "Added";
    add.disabled = true;
  });
  const pieces = products.map((one) =>
    element("a", { href: productPath(one.product_id), "aria-label": one.title }, tile(one)),
  );
  return element(
    "article",
    { class: "bundle" },
    element("div", { class: "pieces" }, pieces),
    element(
      "div",
      { class: "bundle-text" },
      element("h3", {}, products.map((one) => one.title).join(" + ")),
      element("p", { class: "reason" }, bundle.reason),
      element(
        "p",
        { class: "facts" },
        element("span", { class: "price" }, money(full * (1 - discount / 100), currency)),
        element("s", {}, money(full, currency)),
        element("span", { class: "saving" }, `−${discount} %`),
      ),
      add,
    ),
  );
}
