import assert from "node:assert/strict";
import test from "node:test";

import { colourIn, paints } from "../../storefront/src/picture/colours.ts";
import { drawingOf } from "../../storefront/src/picture/cuts.ts";

const shirt = { product_id: "S1", title: "Striped shirt", category_id: "sale", colour: "navy blue" };

test("the same product has the same drawing, whatever else is known of it", () => {
  assert.deepEqual(drawingOf(shirt), drawingOf({ ...shirt, category_name: "Sale" }));
});

test("the title decides before the category, and neither leaves a folded cloth", () => {
  const dress = drawingOf({ ...shirt, title: "Dress" }).cut;
  assert.notDeepEqual(dress, drawingOf(shirt).cut);
  assert.deepEqual(drawingOf({ ...shirt, title: "Zzz", category_id: "dresses" }).cut, dress);
  assert.equal(drawingOf({ ...shirt, title: "Zzz", category_id: "zzz" }).cut.hangs, false);
});

test("words of the title are its weave", () => {
  assert.equal(drawingOf(shirt).weave, "stripes");
  assert.equal(drawingOf({ ...shirt, title: "Wool jumper" }).weave, "knit");
  assert.equal(drawingOf({ ...shirt, title: "Silk shirt" }).weave, "plain");
});

test("colours are found by their names, and any text has one", () => {
  assert.deepEqual(paints("Navy Blue", "a"), paints("navy blue", "b"));
  assert.equal(paints("of many colours", "a").length, 4);
  assert.match(paints("<script>", "a")[0]!, /^#[0-9a-f]{6}$/);
  assert.equal(colourIn("Jumper in light blue"), "light blue");
  assert.equal(colourIn("Hundred"), null);
});
