import assert from "node:assert/strict";
import test from "node:test";

import { asideOf, personalOf } from "../../storefront/src/home/personal.ts";
import { bundleMoney, offeredOf, shownBundles } from "../../storefront/src/rows/bundles.ts";
import { seenOf, standOf, visitorOf } from "../../storefront/src/live/stand.ts";

const scored = (id: string) => ({
  product_id: id, category_id: "c", title: id, price: 1, currency: "EUR", image_url: null, rating: null, score: 1, reason: `of ${id}`,
});
const slot = (id: string, place: number, placement = "home") => ({
  slot: place, product_id: id, propensity: 1, explored: false, placement, policy: "",
});
const profile = {
  slate: [slot("a", 0), slot("new", 1), slot("b", 0, "aside")],
  score_data: { categories: [], products: ["a", "b", "c", "d"].map(scored) },
};

test("slots stand first and keep their numbers, the next best follows without one", () => {
  assert.deepEqual(personalOf(profile, 3).map(({ id, slot: place }) => [id, place]), [["a", 0], ["new", 1], ["c", undefined]]);
});

test("what nothing speaks for says so", () => {
  assert.deepEqual(personalOf(profile, 2).map(({ reason }) => reason), ["of a", "To try something new"]);
});

test("a product's page shows the slots that are its own, without itself", () => {
  assert.deepEqual(asideOf(profile, "a", 6).map(({ id }) => id), ["b"]);
  const without = { ...profile, slate: profile.slate.slice(0, 2) };
  assert.deepEqual(asideOf(without, "a", 6).map(({ id }) => id), ["new"]);
});

const card = (id: string) => ({ product_id: id, category_id: "c", title: id, price: 2, currency: "EUR", image_url: null });
const price = { currency: "EUR", digits: 2, before: 400, after: 361, saving: 39, lines: [{ product_id: "a", before: 200, after: 180 }] };
const offered = { bundle_id: "a+b", product_ids: ["a", "b"], discount_percent: 10, reason: "", offer: { rule_id: "r", reason: "", price } };
const plain = { ...offered, discount_percent: 0, offer: null };

test("a bundle with a product that is not there is not shown", () => {
  const cards = new Map([["a", card("a")], ["b", card("b")]]);
  assert.equal(shownBundles([offered], cards, "d", 3).length, 1);
  assert.equal(shownBundles([{ ...offered, product_ids: ["a", "gone"] }], cards, "d", 3).length, 0);
  assert.equal(shownBundles([{ ...offered, product_ids: ["a"] }], cards, "d", 3).length, 0);
});

test("a saving is only what the shop has promised, to the cent", () => {
  const products = [card("a"), card("b")];
  assert.match(bundleMoney({ suggestion: offered, products }).saving, /Save .*0[.,]39/);
  assert.deepEqual(offeredOf(offered, "a"), { units: 180, currency: "EUR", digits: 2 });
  const without = bundleMoney({ suggestion: { ...plain, discount_percent: 25 }, products });
  assert.equal(without.saving, "");
  assert.match(without.now, /4/);
  assert.equal(offeredOf(plain, "a"), null);
});

test("lists are asked for again when the visit has gone on, not for every profile", () => {
  const visit = { session_id: "s", user_id: null, live_weight: 0.1, recent_products: ["a"], personalized: true };
  assert.equal(standOf(visit), standOf({ ...visit }));
  assert.notEqual(standOf(visit), standOf({ ...visit, live_weight: 0.2 }));
  assert.equal(seenOf(visit), seenOf({ ...visit, live_weight: 0.2 }));
  assert.notEqual(seenOf(visit), seenOf({ ...visit, recent_products: ["b"] }));
  assert.equal(visitorOf(visit), visitorOf({ ...visit, recent_products: [] }));
  assert.notEqual(visitorOf(visit), visitorOf({ ...visit, personalized: false }));
  assert.equal(standOf(null), null);
});
