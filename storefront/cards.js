/** A product as a card: picture, title, price, reason and a button that explains it. */

import { productPath } from "./addresses.js";
import { remember } from "./came_from.js";
import { hash } from "./colours.js";
import { element, newBadge } from "./element.js";
import { picture } from "./garments.js";
import { watchHover } from "./dwell.js";
import { watch } from "./impressions.js";
import { money } from "./money.js";
import { showWhy } from "./why.js";

const TINTS = 5;

export function stars(product) {
  return product.rating ? `★ ${product.rating.toFixed(1)}` : null;
}

export function tile(product) {
  return element("div", { class: `tile tint-${hash(product.product_id) % TINTS}` }, picture(product));
}

/** `place` says where the card came from: {decision, slot, reason, explored}, each optional. */
export function productCard(product, place = {}) {
  const link = element(
    "a",
    { href: productPath(product.product_id), class: "card-link" },
    tile(product),
    element("h3", {}, product.title),
  );
  const rating = stars(product);
  const card = element(
    "article",
    { class: "card", "data-product": product.product_id },
    link,
    element(
      "p",
      { class: "facts" },
      element("span", { class: "price" }, money(product.price, product.currency)),
      rating ? element("span", { class: "rating" }, rating) : null,
    ),
    element("p", { class: "reason" }),
  );
  link.addEventListener("click", () => {
    if (card.dataset.decision) {
      remember(product.product_id, card.dataset.decision, card.dataset.slot);
    }
  });
  watchHover(card);
  return placed(card, product, place);
}

/** Set the decision and slot that a card shows now, and what the shop says of its product. */
export function placed(card, product, { decision, slot, reason, explored }) {
  card.querySelector("h3").textContent = product.title;
  card.querySelector(".price").textContent = money(product.price, product.currency);
  for (const [name, value] of Object.entries({ decision, slot })) {
    if (value === undefined || value === null) delete card.dataset[name];
    else card.dataset[name] = value;
  }
  card.querySelector(".badge")?.remove();
  if (explored) card.append(newBadge());
  const line = card.querySelector(".reason");
  line.replaceChildren(reason ?? "");
  if (decision && reason) line.append(" ", whyButton(card, product));
  watch(card);
  return card;
}

function whyButton(card, product) {
  return element(
    "button",
    {
      type: "button",
      class: "why",
      "aria-label": `Why ${product.title}?`,
      onclick: () => showWhy(product.title, card.dataset.decision, product.product_id),
    },
    "why?",
  );
}
