import assert from "node:assert/strict";
import { test } from "node:test";
import { openBrowser } from "./browser.mjs";

openBrowser();
const { forgetOutdated, productCards } = await import("../../storefront/api_client.js");

const shop = new Map();
let asked = [];
globalThis.fetch = (path) => {
  const ids = new URL(path, "http://shop.example").searchParams.getAll("id");
  asked.push(ids);
  return Promise.resolve(Response.json({ products: ids.map((id) => shop.get(id)) }));
};

function offer(id, price, title = id) {
  shop.set(id, { product_id: id, title, price, currency: "EUR", category_id: "c", image_url: null, rating: null });
}

function profileOf(decision, ...ids) {
  return { decision_id: decision, score_data: { products: ids.map((id) => ({ ...shop.get(id) })) } };
}

async function pricesOf(...ids) {
  asked = [];
  const cards = await productCards(ids);
  return ids.map((id) => cards.get(id).price);
}

test("a card is read once while profiles say the same of it", async () => {
  offer("shirt", 10);
  forgetOutdated(profileOf("first", "shirt"));
  assert.deepEqual(await pricesOf("shirt"), [10]);
  forgetOutdated(profileOf("second", "shirt"));
  assert.deepEqual(await pricesOf("shirt"), [10]);
  assert.deepEqual(asked, []);
});

test("a card whose price is another by now is read again, and no other", async () => {
  offer("shirt", 10);
  offer("skirt", 20);
  forgetOutdated(profileOf("third", "shirt", "skirt"));
  await pricesOf("shirt", "skirt");
  offer("skirt", 15);
  forgetOutdated(profileOf("fourth", "shirt", "skirt"));
  assert.deepEqual(await pricesOf("shirt", "skirt"), [10, 15]);
  assert.deepEqual(asked, [["skirt"]]);
});

test("the same decision once more has all cards read again: the shop has changed something", async () => {
  offer("shirt", 10);
  offer("trend", 30);
  forgetOutdated(profileOf("fifth", "shirt"));
  await pricesOf("shirt", "trend");
  offer("trend", 25);
  forgetOutdated(profileOf("fifth", "shirt"));
  assert.deepEqual(await pricesOf("shirt", "trend"), [10, 25]);
});
