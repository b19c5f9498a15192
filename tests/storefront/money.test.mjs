import assert from "node:assert/strict";
import { test } from "node:test";
import { sumOf } from "../../storefront/money.js";

test("only prices that are known and of one money have a sum", () => {
  const shirt = { price: 2.5, currency: "EUR" };
  assert.equal(sumOf([shirt, { price: 0, currency: "EUR" }]), 2.5);
  assert.equal(sumOf([shirt, { price: null, currency: "EUR" }]), null);
  assert.equal(sumOf([shirt, { price: 1, currency: "USD" }]), null);
  assert.equal(sumOf([{ price: null, currency: null }, shirt]), null);
});
