/** Rows of a page: asked for in one call, each a part with its own title and reasons. */

import { askRows, productCards } from "./api_client.js";
import { arrange } from "./moving_grid.js";
import { section } from "./sections.js";

/** What of a visit its rows depend on: an impression changes nothing that is on the page. */
function standOf(profile) {
  return [profile.session_id, profile.live_weight, ...profile.recent_products].join();
}

/** Questions are rows of the API, each of another strategy. */
export function rowParts(questions) {
  const parts = questions.map(({ strategy }) => section(`row-${strategy}`, ""));
  for (const part of parts) part.show(false);
  let shown = null;
  return {
    roots: parts.map((part) => part.root),
    /** Fill the parts again if the visit has gone on; what the page shows elsewhere is left out. */
    async show(profile, elsewhere = []) {
      const stand = standOf(profile);
      if (stand === shown) return false;
      shown = stand;
      // Without its rows the page is still a page.
      const rows = await askRows(questions.map((row) => ({ exclude: elsewhere, ...row }))).catch(() => []);
      const cards = await productCards(rows.flatMap((row) => row.items.map((item) => item.product_id)));
      return rows.map((row, place) => fill(parts[place], row, cards)).some(Boolean);
    },
  };
}

function fill(part, row, cards) {
  const entries = row.items
    .filter((item) => cards.has(item.product_id))
    .map(({ product_id: id, slot, explored, reason }) => (
      { product: cards.get(id), decision: row.decision_id, slot, explored, reason }
    ));
  part.say(row.title, "");
  part.show(entries.length > 0);
  return arrange(part.body, entries);
}
