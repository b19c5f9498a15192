import assert from "node:assert/strict";
import { test } from "node:test";

import feeds from "../../../../clients/vendure/dist/src/orders/feed.js";
import orders from "../../../../clients/vendure/dist/src/orders/order_rows.js";
import sessions from "../../../../clients/vendure/dist/src/orders/session_field.js";

const PLACED = new Date("2026-05-02T10:00:00Z");
const LATER = new Date("2026-05-03T10:00:00Z");
const LAST = new Date("2026-05-04T10:00:00Z");

function line(changes = {}) {
  return {
    id: "1", variantId: "7", quantity: 2, orderPlacedQuantity: 2, listPrice: 1_000, listPriceIncludesTax: false,
    taxRate: 19, adjustments: [], ...changes,
  };
}

function order(changes = {}) {
  return {
    id: "5", code: "ABC", sessionId: "s", placedAt: PLACED, currency: "EUR", precision: 2, pricesWithTax: true,
    lines: [line()], refunds: [], cancelledAt: null, ...changes,
  };
}

function refund(changes = {}) {
  return { id: "9", createdAt: LATER, settledAt: LATER, lines: [{ lineId: "1", quantity: 1 }], ...changes };
}

test("a checkout has what was placed, at what was paid for a piece", () => {
  const [event, ...others] = orders.rowsOfOrder(order({ lines: [line({ adjustments: [{ amount: -500 }] })] }));

  assert.deepEqual(event.lines, [{ product_id: "variant-7", quantity: 2, unit_price: "8.93", currency: "EUR" }]);
  assert.deepEqual([event.type, event.event_id, event.order_id], ["checkout", "order-5", "ABC"]);
  assert.equal(event.occurred_at, "2026-05-02T10:00:00.000Z");
  assert.deepEqual(others, []);
});

test("prices are with tax or without, as the shop says", () => {
  const price = (changes, pricesWithTax) => orders.rowsOfOrder(order({ lines: [line(changes)], pricesWithTax }))[0].lines[0].unit_price;

  assert.equal(price({ listPrice: 1_190, listPriceIncludesTax: true }, true), "11.90");
  assert.equal(price({ listPrice: 1_190, listPriceIncludesTax: true }, false), "10.00");
  assert.equal(price({}, false), "10.00");
  assert.equal(price({ adjustments: [{ amount: -9_999 }] }, true), "0.00");
});

test("a refund counts once it is settled, for its lines", () => {
  const events = orders.rowsOfOrder(order({ refunds: [refund(), refund({ id: "10", settledAt: null })] }));

  assert.deepEqual(events.map((event) => [event.type, event.event_id]), [["checkout", "order-5"], ["refund", "refund-9"]]);
  assert.deepEqual(events[1].lines.map((row) => row.quantity), [1]);
});

test("a cancellation gives back what no refund has, and a refund after it says nothing new", () => {
  const cancelled = line({ quantity: 0, orderPlacedQuantity: 3, adjustments: [{ amount: -300 }] });
  const refunds = [refund(), refund({ id: "10", createdAt: LAST, lines: [{ lineId: "1", quantity: 2 }] })];

  const events = orders.rowsOfOrder(order({ lines: [cancelled], refunds, cancelledAt: new Date("2026-05-03T12:00:00Z") }));

  assert.deepEqual(events.map((event) => event.event_id), ["order-5", "refund-9", "cancellation-5"]);
  assert.deepEqual(events[2].lines.map((row) => [row.quantity, row.unit_price]), [[2, "10.71"]]);
});

test("an order of more than a hundred products comes in parts of one number", () => {
  const lines = Array.from({ length: 205 }, (_, place) => line({ id: String(place), variantId: String(place) }));

  const events = orders.rowsOfOrder(order({ lines }));

  assert.deepEqual(events.map((event) => [event.event_id, event.lines.length]), [
    ["order-5", 100], ["order-5.1", 100], ["order-5.2", 5],
  ]);
});

test("only a visit's id is one", () => {
  const id = "0B1E0000-0000-4000-8000-00000000000A";

  assert.equal(sessions.sessionIdOf(id), id.toLowerCase());
  for (const text of [undefined, "", "abc", `${id}0`, [id], { id }]) assert.equal(sessions.sessionIdOf(text), null);
  assert.match(id, new RegExp(sessions.SESSION_FIELD_CONFIG.pattern));
});

test("a call has no more lines than fit into it, and loses none", () => {
  const event = (count) => ({ lines: Array.from({ length: count }, () => ({})) });
  const batches = feeds.batchesOf([...Array.from({ length: 60 }, () => event(100)), ...Array.from({ length: 600 }, () => event(1))]);

  assert.deepEqual(batches.map((batch) => batch.length), [50, 500, 110]);
  assert.deepEqual(feeds.batchesOf([]), []);
});
