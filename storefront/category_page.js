/** A category: its products, those that suit this visit first. */

import { getJson } from "./api_client.js";
import { element } from "./element.js";
import { rowParts } from "./rows.js";
import { track } from "./tracker.js";
import { whenVisible } from "./visible.js";

const SHOWN = 48;

export async function categoryPage(main, announce, id) {
  const { categories } = await getJson("/v1/categories");
  whenVisible(() => track("category_view", { category_id: id }));
  const name = categories.find((category) => category.category_id === id)?.name ?? id;
  document.title = `${name} · Fitting Room`;
  const rows = rowParts([{ strategy: "personal", category_id: id, count: SHOWN }]);
  main.replaceChildren(
    element("nav", { class: "crumbs", "aria-label": "Where you are" },
      element("a", { href: "/" }, "Home"), element("span", { "aria-current": "page" }, name)),
    element("h1", { class: "page-title" }, name),
    ...rows.roots,
  );

  return async function show(profile) {
    if (await rows.show(profile)) announce(`${name} is sorted again for you.`);
  };
}
