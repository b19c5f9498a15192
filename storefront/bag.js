/** The bag: what was added, kept in this browser until it is checked out. */

import { keepCard, productCards } from "./api_client.js";
import { outcomeFields } from "./came_from.js";
import { element } from "./element.js";
import { decimal, exactMoney, money, sumOf } from "./money.js";
import { browserStorage } from "./storage.js";
import { track } from "./tracker.js";

const KEY = "fr.bag";

function lines() {
  const kept = browserStorage.read(KEY);
  return Array.isArray(kept) ? kept : [];
}

function keep(next) {
  browserStorage.write(KEY, next);
  const button = document.querySelector(".bag");
  button.querySelector("b").textContent = next.length;
  button.setAttribute("aria-label", `Bag, ${next.length} item${next.length === 1 ? "" : "s"}`);
}

/**
 * `suggested`, {bundle_id, decision_id}, comes with a product that is added with its bundle, and
 * `offered`, {units, currency, digits}, where the shop gives it for less there.
 */
export function addToBag(product, suggested, offered = null) {
  keepCard(product);
  const { bundle_id: bundle, decision_id: decision } = suggested ?? {};
  keep([...lines(), { product: product.product_id, bundle, decision, offered }]);
  track("add_to_cart", {
    product_id: product.product_id,
    ...(suggested ?? outcomeFields(product.product_id)),
  });
}

/**
 * A bundle is an order of its own and names the decision that suggested it. The rest is one order
 * without a decision: the events that put its lines into the bag already name theirs.
 */
function checkOut() {
  const bought = lines();
  const bundles = new Map(bought.map((item) => [item.bundle, item.decision]));
  for (const [bundle, decision] of bundles) {
    const items = bought.filter((item) => item.bundle === bundle);
    const suggested = bundle ? { bundle_id: bundle, decision_id: decision } : {};
    const priced = items.every((item) => item.offered);
    const products = priced ? { lines: items.map(orderLine) } : { product_ids: items.map((item) => item.product) };
    track("checkout", { ...products, ...suggested });
  }
  keep([]);
}

/** The price is the offer's, to the cent. */
function orderLine({ product, offered: { units, currency, digits } }) {
  return { product_id: product, quantity: 1, unit_price: decimal(units, digits), currency };
}

/** The card with the price at which it is in the bag. */
function atPrice(card, offered) {
  return offered ? { ...card, price: Number(decimal(offered.units, offered.digits)), offered } : card;
}

function priceText({ price, currency, offered }) {
  return offered ? exactMoney(offered.units, offered) : money(price, currency);
}

async function show() {
  const inside = lines();
  const cards = await productCards(inside.map((item) => item.product));
  const held = inside.filter((item) => cards.has(item.product));
  const found = held.map((item) => atPrice(cards.get(item.product), item.offered));
  const total = found.length > 0 ? sumOf(found) : null;
  const close = element("button", { type: "button", class: "close", "aria-label": "Close" }, "×");
  const buy = element("button", { type: "button", class: "primary" }, "Check out");
  const items = found.map((item) =>
    element("li", {}, element("span", {}, item.title), element("b", {}, priceText(item))),
  );
  const body = found.length
    ? [element("ul", { class: "parts" }, items),
      total === null ? null : element("p", { class: "total" }, `Together ${money(total, found[0].currency)}`), buy]
    : [element("p", {}, "Nothing yet: add something you like.")];
  const dialog = element(
    "dialog",
    { class: "sheet", "aria-label": "Bag" },
    element("header", {}, element("h2", {}, "Your bag"), close),
    element("div", { class: "why-body" }, body),
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  buy.addEventListener("click", () => {
    checkOut();
    dialog.querySelector(".why-body").replaceChildren(element("p", {}, "Thank you! It is on its way."));
  });
  document.body.append(dialog);
  dialog.showModal();
}

export function startBag() {
  keep(lines());
  document.querySelector(".bag").addEventListener("click", show);
}
