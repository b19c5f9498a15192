import assert from "node:assert/strict";
import test from "node:test";

import {
  countOf, linesOf, MOST_LINES, MOST_PIECES, piecesOf, withAdded, withAllAdded, withoutLines, withQuantity,
} from "../../storefront/src/bag/bag.ts";

const product = (id: string) => ({ product_id: id, category_id: "c", title: id, price: 1, currency: "EUR", image_url: null });
const suggested = { bundle_id: "a+b", decision_id: "d" };

test("a product that is added again is one more piece of its line", () => {
  const lines = withAdded(withAdded([], product("a")), product("a"));
  assert.equal(lines.length, 1);
  assert.equal(countOf(lines), 2);
});

test("what comes with a bundle is a line of its own, at the offer's price", () => {
  const offered = { units: 123, currency: "EUR", digits: 2 };
  const lines = withAdded(withAdded([], product("a")), product("a"), { suggested, offered });
  assert.deepEqual(lines.map((line) => [line.suggested, line.offered]), [[null, null], [suggested, offered]]);
});

test("a line without pieces is gone, and none has more than can be ordered", () => {
  const lines = withAdded([], product("a"));
  assert.deepEqual(withQuantity(lines, "a", 0), []);
  assert.equal(countOf(withQuantity(lines, "a", 5_000)), MOST_PIECES);
  assert.deepEqual(withQuantity(lines, "other", 3), lines);
});

test("the bag has as many lines as an order may have, and loses none for another", () => {
  let lines = linesOf(null);
  for (let place = 0; place < MOST_LINES + 5; place += 1) lines = withAdded(lines, product(`p${place}`));
  assert.equal(lines.length, MOST_LINES);
  assert.equal(lines[0]?.product_id, "p0");
  assert.equal(withAdded(lines, product("more")), lines);
  assert.equal(piecesOf(withAdded(lines, product("p7")), "p7"), 2);
  const full = withQuantity(lines, "p7", MOST_PIECES);
  assert.equal(withAdded(full, product("p7")), full);
});

test("a bundle comes into the bag whole or not at all", () => {
  const bundle = [{ product: product("a"), suggested }, { product: product("b"), suggested }];
  assert.deepEqual(withAllAdded([], bundle)?.map(({ product_id: id }) => id), ["a", "b"]);
  let lines = linesOf(null);
  for (let place = 0; place < MOST_LINES - 1; place += 1) lines = withAdded(lines, product(`p${place}`));
  assert.equal(withAllAdded(lines, bundle), null);
});

test("what was not ordered stays in the bag", () => {
  const lines = withAdded(withAdded([], product("a")), product("b"));
  assert.deepEqual(withoutLines(lines, new Set(["a", "other"])).map(({ product_id: id }) => id), ["b"]);
});

test("what is spoiled in the browser's storage is left out", () => {
  const [line] = withAdded([], product("a"));
  assert.deepEqual(linesOf([line, line, null, 7, { line_id: "x" }, { ...line, product: null }]), [line]);
  assert.deepEqual(linesOf("no list"), []);
  for (const quantity of [0, -1, 1.5, MOST_PIECES + 1, Number.NaN, "2", null]) assert.deepEqual(linesOf([{ ...line, quantity }]), [], String(quantity));
  for (const odd of [{ price: "1" }, { currency: 7 }, { brand: 3 }, { image_url: {} }, { title: null }, { product_id: "b" }]) {
    assert.deepEqual(linesOf([{ ...line, product: { ...product("a"), ...odd } }]), [], JSON.stringify(odd));
  }
});

test("a line whose bundle is spoiled, or of a release without bundles, costs what the catalogue says", () => {
  const offered = { units: 123, currency: "EUR", digits: 2 };
  const [line] = withAdded([], product("a"), { suggested, offered });
  assert.deepEqual(linesOf(JSON.parse(JSON.stringify([line]))), [line]);
  for (const odd of [undefined, 7, {}, { bundle_id: "x" }, { ...suggested, product_ids: "a" }, { ...suggested, product_ids: [1] }]) {
    const [kept] = linesOf([{ ...line, suggested: odd }]);
    assert.deepEqual([kept?.suggested, kept?.offered], [null, null], JSON.stringify(odd));
  }
  for (const odd of [undefined, "1", { ...offered, units: -1 }, { ...offered, units: 1.5 }, { ...offered, digits: 40 }, { units: 1, digits: 2 }]) {
    const [kept] = linesOf([{ ...line, offered: odd }]);
    assert.deepEqual([kept?.suggested, kept?.offered], [suggested, null], JSON.stringify(odd));
  }
});
