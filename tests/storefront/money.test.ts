import assert from "node:assert/strict";
import test from "node:test";

import { decimal, exactMoney, money, sumOf } from "../../storefront/src/catalogue/money.ts";

/** Spaces of a locale are as they are. */
const plain = (text: string) => text.replace(/\s/g, " ");

test("whole prices have no cents, others have two", () => {
  assert.match(plain(money(50, "USD")), /50(?![.,]\d)/);
  assert.match(money(50.5, "USD"), /50[.,]50/);
});

test("what has no price says nothing", () => {
  assert.equal(money(null, "EUR"), "");
  assert.equal(money(Number.NaN, "EUR"), "");
});

test("a currency that is none leaves the amount", () => {
  assert.equal(money(12.5, "points"), "12.50 points");
  assert.equal(exactMoney(1250, { currency: "points", digits: 2 }), "12.50 points");
  assert.equal(exactMoney(1250, { currency: "", digits: 2 }), "12.50 ");
});

test("smallest units become decimals without a float between", () => {
  assert.equal(decimal(5, 2), "0.05");
  assert.equal(decimal(123456, 2), "1234.56");
  assert.equal(decimal(700, 0), "700");
  assert.match(exactMoney(9007199254740992, { currency: "USD", digits: 2 }), /90.071.992.547.409[.,]9/);
});

test("products in other money, or without a price, have no sum", () => {
  const [euro, dollar] = [{ price: 2.5, currency: "EUR" }, { price: 1, currency: "USD" }];
  assert.equal(sumOf([euro, euro]), 5);
  assert.equal(sumOf([euro, dollar]), null);
  assert.equal(sumOf([euro, { price: null, currency: "EUR" }]), null);
  assert.equal(sumOf([]), null);
});
