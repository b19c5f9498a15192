/** Suggestions to take several products together, with the saving that the shop gives, if it does. */

import { productPath } from "./addresses.js";
import { productCards } from "./api_client.js";
import { addToBag } from "./bag.js";
import { tile } from "./cards.js";
import { element } from "./element.js";
import { money, sumOf } from "./money.js";

/** `decision` suggested the bundles; taking one counts for it. */
export async function bundleCards(bundles, decision) {
  const cards = await productCards(bundles.flatMap((bundle) => bundle.product_ids));
  return bundles
    .map((bundle) => ({ ...bundle, products: bundle.product_ids.map((id) => cards.get(id)).filter(Boolean) }))
    .filter((bundle) => bundle.products.length > 1 && bundle.products.length === bundle.product_ids.length)
    .map((bundle) => bundleCard(bundle, decision));
}

/** The sum, if there is one, and what is left of it where the shop has made an offer. */
function prices(products, discount) {
  const saving = discount ? [element("span", { class: "saving" }, `−${discount} %`)] : [];
  const full = sumOf(products);
  if (full === null) return saving;
  const { currency } = products[0];
  const sum = element("span", { class: "price" }, money(full * (1 - discount / 100), currency));
  if (!discount) return [sum];
  return [sum, element("s", {}, money(full, currency)), ...saving];
}

function bundleCard(bundle, decision) {
  const { products, discount_percent: discount, offer } = bundle;
  const add = element("button", { type: "button", class: "quiet" }, "Add them all");
  add.addEventListener("click", () => {
    const suggested = { bundle_id: bundle.bundle_id, decision_id: decision };
    for (const product of products) addToBag(product, suggested);
    add.textContent = "Added";
    add.disabled = true;
  });
  const pieces = products.map((product) =>
    element("a", { href: productPath(product.product_id), "aria-label": product.title }, tile(product)),
  );
  return element(
    "article",
    { class: "bundle" },
    element("div", { class: "pieces" }, pieces),
    element(
      "div",
      { class: "bundle-text" },
      element("h3", {}, products.map((product) => product.title).join(" + ")),
      element("p", { class: "reason" }, bundle.reason),
      element("p", { class: "facts" }, ...prices(products, discount)),
      offer ? element("p", { class: "reason" }, offer.reason) : null,
      add,
    ),
  );
}
