/** A grid whose cards move to their new places instead of jumping. */

import { placed, productCard } from "./cards.js";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const MOVE = { duration: 420, easing: "cubic-bezier(.2,.7,.2,1)" };

function places(grid) {
  return new Map([...grid.children].map((card) => [card, card.getBoundingClientRect()]));
}

function glide(card, before) {
  const now = card.getBoundingClientRect();
  const [x, y] = [before.left - now.left, before.top - now.top];
  if (x || y) card.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], MOVE);
}

/** Show entries [{product, decision, slot, reason}] and return whether anything changed. */
export function arrange(grid, entries) {
  const before = places(grid);
  const kept = new Map([...grid.children].map((card) => [card.dataset.product, card]));
  const first = kept.size === 0;
  const order = [...kept.keys()].join();
  const cards = entries.map((entry) => {
    const old = kept.get(entry.product.product_id);
    if (old) return placed(old, entry.product, entry);
    const card = productCard(entry.product, entry);
    if (!first) card.classList.add("arrived");
    return card;
  });
  if (order === entries.map((entry) => entry.product.product_id).join()) return false;
  // A card that the keyboard is on keeps its focus through the move.
  const focused = document.activeElement;
  grid.replaceChildren(...cards);
  if (focused && grid.contains(focused)) focused.focus({ preventScroll: true });
  if (!CALM.matches && !first) {
    for (const card of cards) if (before.has(card)) glide(card, before.get(card));
  }
  return !first;
}
