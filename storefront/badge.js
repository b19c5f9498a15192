/** The mark of what the shop shows to learn whether anybody likes it. */

import { element } from "./element.js";

export function newBadge() {
  return element("span", { class: "badge" }, "Something new");
}
