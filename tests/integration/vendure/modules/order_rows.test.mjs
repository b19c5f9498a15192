import assert from "node:assert/strict";
import { test } from "node:test";

import feeds from "../../../../clients/vendure/dist/src/orders/feed.js";
import orders from "../../../../clients/vendure/dist/src/orders/order_rows.js";
import options from "../../../../clients/vendure/dist/src/options.js";
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
  return { id: "9", createdAt: LATER, settledAt: LATER, total: 9_000, lines: [{ lineId: "1", quantity: 1 }], ...changes };
}

/** Events as their number, and each line as pieces and price. */
function told(events) {
  return events.map((event) => [event.event_id, ...event.lines.map((row) => [row.quantity, row.unit_price])]);
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

test("a refund of less than its lines cost gives back its part of their prices", () => {
  const part = orders.rowsOfOrder(order({ refunds: [refund({ total: 595 })] }));
  const rounded = orders.rowsOfOrder(order({ refunds: [refund({ total: 1_189 })] }));
  const nothing = orders.rowsOfOrder(order({ refunds: [refund({ total: 0 })] }));

  assert.deepEqual(told(part)[1], ["refund-9", [1, "5.95"]]);
  assert.deepEqual(told(rounded)[1], ["refund-9", [1, "11.90"]]);
  assert.deepEqual(told(nothing)[1], ["refund-9", [1, "0.00"]]);
});

test("two refunds that name the same piece, of two payments, give it back once", () => {
  const halves = ["9", "10"].map((id) => refund({ id, total: 595 }));

  const events = orders.rowsOfOrder(order({ refunds: halves, cancelledAt: LAST }));

  assert.deepEqual(told(events).slice(1), [
    ["refund-9", [1, "5.95"]], ["refund-10", [1, "5.95"]], ["cancellation-5", [1, "11.90"]],
  ]);
});

test("an order of more than a hundred products comes in parts of one number", () => {
  const lines = Array.from({ length: 205 }, (_, place) => line({ id: String(place), variantId: String(place) }));

  const events = orders.rowsOfOrder(order({ lines }));
  // A database keeps no order of its rows.
  assert.deepEqual(orders.rowsOfOrder(order({ lines: lines.toReversed() })), events);

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

test("orders without end hold up no look at the last hours", async () => {
  const settings = options.settingsOf({
    apiUrl: "https://fit.example", secretKey: "sk_a_b", publishableKey: "pk_a_b", batchSize: 10, queueLimit: 10, delaySeconds: 0,
  });
  const kept = Array.from({ length: 45 }, (_, place) => String(100 + place));
  const sent = [];
  let pages = 0;
  let more = 0;
  const reader = {
    read: async (ids) => {
      sent.push(...ids);
      // Another comes while each batch is sent; the bound lets the test fail.
      if (kept.some((id) => !sent.includes(id)) && more < 500) feed.changed(`new-${(more += 1)}`);
      return [];
    },
    idsSince: async (_, after, count) => {
      pages += 1;
      return kept.filter((id) => after === null || id > after).slice(0, count);
    },
  };
  const feed = new feeds.OrderFeed(settings, {}, reader);

  feed.lookBack();
  while (!feed.sender.isIdle) await new Promise((resolve) => setTimeout(resolve, 1));

  assert.equal(feed.sender.lastFailure, null);
  assert.deepEqual(kept.filter((id) => !sent.includes(id)), []);
  assert.ok(more < 500 && pages < 10, `${more} orders, ${pages} pages`);
});
