import assert from "node:assert/strict";
import { test } from "node:test";

import type { BagLine } from "../../storefront/src/bag/bag.ts";
import { chargesFor } from "../../storefront/src/cart/charges.ts";
import { doneOrderOf } from "../../storefront/src/checkout/doneOrder.ts";
import { faultsOf, LONGEST, NOTHING_WRITTEN } from "../../storefront/src/checkout/fields.ts";
import { newOrderId, orderEvents } from "../../storefront/src/checkout/order.ts";

const OUTFIT = { bundle_id: "outfit", decision_id: "d1", product_ids: ["shirt", "jeans"] };

function line(id: string, price: number, more: Partial<BagLine> = {}): BagLine {
  const product = { product_id: id, category_id: "c", title: id, price, currency: "EUR", image_url: null };
  return { line_id: `${id}${more.suggested?.bundle_id ?? ""}`, product_id: id, quantity: 1, product, suggested: null, offered: null, ...more };
}

const bundle = [
  line("shirt", 20, { suggested: OUTFIT, offered: { units: 1_799, currency: "EUR", digits: 2 } }),
  line("jeans", 50, { suggested: OUTFIT }),
];

test("an order is one event with its lines, quantities and exact prices", () => {
  const events = orderEvents("FR-1", chargesFor([line("hat", 5.5, { quantity: 2 }), line("coat", 104.74)]));
  assert.deepEqual(events, [{ order_id: "FR-1", lines: [
    { product_id: "hat", quantity: 2, unit_price: "5.5", currency: "EUR" },
    { product_id: "coat", quantity: 1, unit_price: "104.74", currency: "EUR" },
  ] }]);
});

test("a bundle names the decision that suggested it, and keeps it from other lines of the order", () => {
  const alone = orderEvents("FR-2", chargesFor(bundle));
  assert.equal(alone.length, 1);
  assert.equal(alone[0]?.bundle_id, "outfit");
  assert.equal(alone[0]?.decision_id, "d1");
  assert.deepEqual(alone[0]?.lines?.map(({ unit_price: price }) => price), ["17.99", "50"]);
  const mixed = orderEvents("FR-3", chargesFor([...bundle, line("hat", 5)]));
  assert.deepEqual(mixed.map(({ order_id: id, bundle_id: of, decision_id: by }) => [id, of, by]), [["FR-3", undefined, undefined], ["FR-3", "outfit", "d1"]]);
  const broken = orderEvents("FR-4", chargesFor([bundle[0]!, line("hat", 5)]));
  assert.equal(broken.length, 1);
  assert.equal(broken[0]?.bundle_id, undefined);
});

test("prices in money without a code are left to the catalogue", () => {
  const odd = line("hat", 5);
  const [event] = orderEvents("FR-5", chargesFor([{ ...odd, product: { ...odd.product, currency: "euro" } }]));
  assert.deepEqual(event?.lines, [{ product_id: "hat", quantity: 1 }]);
});

test("order numbers can be read out and differ", () => {
  assert.match(newOrderId(), /^FR-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}$/);
  assert.equal(new Set(Array.from({ length: 200 }, () => newOrderId())).size, 200);
});

test("a form says what is missing or odd, in its own order", () => {
  assert.deepEqual(Object.keys(faultsOf(NOTHING_WRITTEN)), ["name", "email", "street", "postcode", "city", "country"]);
  const whole = { name: "Ann", email: "ann@example.org", street: "Lane 3", postcode: "SW1A 1AA", city: "Łódź", country: "Poland" };
  assert.deepEqual(faultsOf(whole), {});
  for (const email of ["ann", "ann@", "a b@example.org", "ann@example", "ann@.org", "ann@example..org"]) {
    assert.deepEqual(Object.keys(faultsOf({ ...whole, email })), ["email"], email);
  }
  assert.deepEqual(Object.keys(faultsOf({ ...whole, name: "x".repeat(LONGEST + 1), postcode: "?", city: " " })), ["name", "postcode", "city"]);
});

test("a spoiled order of before is none", () => {
  for (const stored of [null, 7, {}, { orderId: "FR-1", sum: "" }, { orderId: 1, sum: "", lines: [] }]) assert.equal(doneOrderOf(stored), null);
  const kept = { orderId: "FR-1", sum: "5", lines: [{ productId: "hat", title: "Hat", quantity: 1 }, { productId: 3 }] };
  assert.equal(doneOrderOf(kept)?.lines.length, 1);
});
