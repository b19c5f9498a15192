/** A titled part of a page, and the row or grid of cards inside it. */

import { element } from "./element.js";

export function section(name, title, note) {
  const id = `title-${name}`;
  const heading = element("h2", { id }, title);
  const hint = element("p", { class: "note" }, note ?? "");
  const body = element("div", { class: "cards" });
  const root = element(
    "section",
    { class: `part ${name}`, "aria-labelledby": id },
    element("header", {}, heading, hint),
    body,
  );
  return {
    root,
    body,
    say(newTitle, newNote) {
      heading.textContent = newTitle;
      hint.textContent = newNote ?? "";
    },
    show(visible) {
      root.hidden = !visible;
    },
  };
}
