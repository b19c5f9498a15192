import assert from "node:assert/strict";
import { mock, test } from "node:test";

import type { FittingRoom } from "@fitting-room/client";

import { forgetOtherwise, knownCard, loadCards } from "../../storefront/src/catalogue/cardStore.ts";

const card = (id: string, price: number) => ({ product_id: id, title: id, price, currency: "EUR" });

/** A shop with these prices, and what was asked of it; without prices it is away. */
function shopOf(prices: Record<string, number> | null) {
  const asked: string[][] = [];
  const request = (path: string) => {
    const ids = new URL(path, "http://shop.example").searchParams.getAll("id");
    asked.push(ids);
    if (prices === null) return Promise.reject(new Error("away"));
    return Promise.resolve({ products: ids.flatMap((id) => (id in prices ? [card(id, prices[id]!)] : [])) });
  };
  return { client: { request } as unknown as FittingRoom, asked };
}

const pricesOf = (cards: ReadonlyMap<string, { price: number | null }>) => Object.fromEntries([...cards].map(([id, { price }]) => [id, price]));

test("a card is read once, and again when it has become old", async () => {
  mock.timers.enable({ apis: ["Date"] });
  try {
    await loadCards(shopOf({ a: 1, b: 1 }).client, ["a", "b"]);
    const later = shopOf({ a: 2 });
    assert.deepEqual(pricesOf(await loadCards(later.client, ["a", "a"])), { a: 1 });
    assert.deepEqual(later.asked, []);
    mock.timers.tick(300_001);
    // What the shop keeps a card of serves while it is away.
    assert.deepEqual(pricesOf(await loadCards(shopOf(null).client, ["a"])), { a: 1 });
    assert.deepEqual(pricesOf(await loadCards(later.client, ["a", "b"])), { a: 2 });
    await assert.rejects(loadCards(shopOf(null).client, ["a", "b"]));
  } finally {
    mock.timers.reset();
  }
});

test("for money nothing of before counts", async () => {
  await loadCards(shopOf({ c: 1 }).client, ["c"]);
  const now = shopOf({ c: 3 });
  assert.deepEqual(pricesOf(await loadCards(now.client, ["c"], { now: true })), { c: 3 });
  assert.deepEqual(now.asked, [["c"]]);
  await assert.rejects(loadCards(shopOf(null).client, ["c"], { now: true }));
  assert.deepEqual(pricesOf(await loadCards(shopOf({}).client, ["c"], { now: true })), {});
  assert.deepEqual(pricesOf(await loadCards(shopOf({}).client, ["c"])), {});
});

test("a card is forgotten as soon as a row or profile says otherwise of it", async () => {
  await loadCards(shopOf({ e: 1 }).client, ["e"]);
  forgetOtherwise([{ product_id: "e", price: 1, currency: "EUR" }, { product_id: "unknown", price: 2 }]);
  assert.equal(knownCard("e")?.price, 1);
  forgetOtherwise([{ product_id: "e", price: 1, availability: "out_of_stock" }]);
  assert.equal(knownCard("e"), undefined);
});
