/** Marks explored products: the shop shows them to learn whether anybody likes them. */

import { element } from "./element.js";

export function newBadge() {
  return element("span", { class: "badge" }, "Something new");
}
