/** Suggestions to take several products together, with the saving that the shop gives, if it does. */

import { productPath } from "./addresses.js";
import { productCards } from "./api_client.js";
import { addToBag } from "./bag.js";
import { tile } from "./cards.js";
import { element } from "./element.js";
import { exactMoney, money, sumOf } from "./money.js";

/** `decision` suggested the bundles; taking one counts for it. */
export async function bundleCards(bundles, decision) {
  const cards = await productCards(bundles.flatMap((bundle) => bundle.product_ids));
  return bundles
    .map((bundle) => ({ ...bundle, products: bundle.product_ids.map((id) => cards.get(id)).filter(Boolean) }))
    .filter((bundle) => bundle.products.length > 1 && bundle.products.length === bundle.product_ids.length)
    .map((bundle) => bundleCard(bundle, decision));
}

/** What the service says that the offer comes to, or else the sum, if there is one. */
function prices(products, discount, offered) {
  if (offered) {
    return [
      element("span", { class: "price" }, exactMoney(offered.after, offered)),
      element("s", {}, exactMoney(offered.before, offered)),
      element("span", { class: "saving" }, `save ${exactMoney(offered.saving, offered)}`),
    ];
  }
  const full = discount ? null : sumOf(products);
  if (full === null) return discount ? [element("span", { class: "saving" }, `−${discount} %`)] : [];
  return [element("span", { class: "price" }, money(full, products[0].currency))];
}

function bundleCard(bundle, decision) {
  const { products, discount_percent: discount, offer } = bundle;
  const add = element("button", { type: "button", class: "quiet" }, "Add them all");
  add.addEventListener("click", () => {
    const suggested = { bundle_id: bundle.bundle_id, decision_id: decision };
    for (const product of products) addToBag(product, suggested, lineOf(product, offer?.price));
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
      element("p", { class: "facts" }, ...prices(products, discount, offer?.price)),
      offer ? element("p", { class: "reason" }, offer.reason) : null,
      add,
    ),
  );
}

/** What the product costs with its part of the bundle's saving. */
function lineOf({ product_id: id }, offered) {
  const line = offered?.lines.find(({ product_id: of }) => of === id);
  return line ? { units: line.after, currency: offered.currency, digits: offered.digits } : null;
}
