import assert from "node:assert/strict";
import test from "node:test";

import { changeWords, movesBetween } from "../../storefront/src/cards/moves.ts";
import { countWords, inDecidedOrder, ordered } from "../../storefront/src/list/ordering.ts";

const entry = (id: string, price: number | null) => ({ id, product: { price } });
const idsOf = (entries: readonly { id: string }[]) => entries.map(({ id }) => id).join("");

test("by price, what has none stands last both ways, and equal ones stay in their order", () => {
  const list = [entry("a", 3), entry("b", null), entry("c", 1), entry("d", 3), entry("e", null)];
  assert.equal(idsOf(ordered(list, "suggested")), "abcde");
  assert.equal(idsOf(ordered(list, "cheapest")), "cadbe");
  assert.equal(idsOf(ordered(list, "dearest")), "adcbe");
});

test("what a decision names comes first, what it leaves out is gone, the rest stays", () => {
  const found = new Map(["a", "b", "c", "d"].map((id) => [id, id.toUpperCase()]));
  assert.deepEqual(inDecidedOrder(found, ["c", "a", "unknown"], ["d"]), [["c", "C"], ["a", "A"], ["b", "B"]]);
  assert.deepEqual(inDecidedOrder(found, [], []).map(([id]) => id).join(""), "abcd");
});

test("cards know how they came to a new place, and the first order moves none", () => {
  assert.equal(movesBetween([], ["a"]).size, 0);
  assert.deepEqual([...movesBetween(["a", "b", "c"], ["a", "c", "b", "d"])], [["c", "up"], ["b", "down"], ["d", "arrived"]]);
});

test("a change is said with its reason", () => {
  assert.equal(changeWords("For you", { title: "Shirt", reason: "You viewed Linen", move: "up" }), "For you: Shirt has moved up. You viewed Linen.");
  assert.match(changeWords("For you", null), /order has changed/);
});

test("numbers of items agree with their noun", () => {
  assert.equal(countWords(1, 1), "1 item");
  assert.equal(countWords(24, 60), "24 of 60 items");
  assert.equal(countWords(24, 100, true), "24 of the first 100 items");
  assert.equal(countWords(100, 100, true), "The first 100 items");
});
