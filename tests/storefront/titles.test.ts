import assert from "node:assert/strict";
import test from "node:test";

import { sameQuestions, withoutGaps } from "../../storefront/src/rows/gaps.ts";
import { ofRegion, personalTitle, regionName, rowTitle } from "../../storefront/src/rows/titles.ts";

const BASED = "Items you may love based on your recent interactions";
const visit = { active: true, personalized: true, live_weight: 0.4 };

function profileOf(region: string | null, reasons: readonly string[]) {
  const products = reasons.map((reason, place) => ({
    product_id: `p${place}`, category_id: "c", title: "T", price: 1, currency: "EUR", image_url: null, rating: null, score: 1, reason,
  }));
  return { region, score_data: { categories: [], products } };
}

test("only an active visit that may be used has recent interactions", () => {
  assert.equal(personalTitle(visit).title, BASED);
  assert.notEqual(personalTitle({ ...visit, active: false }).title, BASED);
  assert.notEqual(personalTitle({ ...visit, personalized: false }).title, BASED);
  assert.notEqual(personalTitle({ ...visit, active: false, live_weight: 0 }).title, personalTitle({ ...visit, active: false }).title);
});

test("who does not want to be chosen for is not said to love anything", () => {
  for (const title of ["Trending items you may love", "Items you may love in Shirts"]) {
    assert.equal(rowTitle({ title, strategy: "trending" }, { personalized: true }), title);
    assert.doesNotMatch(rowTitle({ title, strategy: "trending" }, { personalized: false }), /love/);
    assert.doesNotMatch(rowTitle({ title, strategy: "personal" }, { personalized: false }), /love/);
  }
});

test("there is no region's row without a region, of other reasons, or of too few", () => {
  const three = ["Popular in your region (DE)", "Popular in your region (DE)", "Popular in your region (DE)"];
  assert.equal(ofRegion(profileOf("de", three), new Set(), 6).length, 3);
  assert.equal(ofRegion(profileOf("de", three), new Set(), 2).length, 2);
  assert.equal(ofRegion(profileOf(null, three), new Set(), 6).length, 0);
  assert.equal(ofRegion(profileOf("de", three), new Set(["p1"]), 6).length, 0);
  assert.equal(ofRegion(profileOf("de", ["Popular in the shop", ...three.slice(1)]), new Set(), 6).length, 0);
});

test("a region is called by the name of its country, or not at all", () => {
  assert.equal(typeof regionName("de"), "string");
  for (const none of [null, "", "zz", "Mars", "12"]) assert.equal(regionName(none), null);
});

test("a row that has become empty keeps its place and its cards, a new one is shown", () => {
  const row = (title: string, ...entries: readonly string[]) => ({ title, entries });
  const before = [row("a", "1"), row("b", "2"), row("c")];
  const same = [true, true, true];
  assert.deepEqual(withoutGaps(before, [row("A", "3"), row("B"), row("C", "4")], same), [row("A", "3"), row("b", "2"), row("C", "4")]);
  assert.deepEqual(withoutGaps([], [row("a")], same), [row("a")]);
  // What went with a product that has left the bag is no answer any more.
  assert.deepEqual(withoutGaps(before, [row("A"), row("B")], [false, true]), [row("A"), row("b", "2")]);
});

test("a question is the same whatever it leaves out, and another of another bag", () => {
  const of = (...cart: readonly string[]) => [{ strategy: "complementary", cart, exclude: cart }, { strategy: "personal", exclude: cart }] as const;
  assert.deepEqual(sameQuestions(of("a"), of("a")), [true, true]);
  assert.deepEqual(sameQuestions(of("a", "b"), of("a")), [false, true]);
  assert.deepEqual(sameQuestions([], of("a")), [false, false]);
});
