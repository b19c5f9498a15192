/** Remembers which decision and slot a click came from, for the page that it leads to. */

import { tabStorage } from "./storage.js";

const KEY = "fr.clicked";

export function remember(product, decision, slot) {
  tabStorage.write(KEY, { product, decision, slot });
}

/** Event fields that join an interaction with this product to its decision, if it has one. */
export function outcomeFields(product) {
  const clicked = tabStorage.read(KEY);
  if (clicked?.product !== product || !clicked.decision) return {};
  const slot = clicked.slot === undefined ? {} : { slot: Number(clicked.slot) };
  return { decision_id: clicked.decision, ...slot };
}
