import assert from "node:assert/strict";
import { test } from "node:test";

import { amountOf, amountText, decimalOf, sumOfAmounts, times } from "../../storefront/src/cart/amounts.ts";

test("sums are exact where floats are not", () => {
  const dime = amountOf(0.1, "EUR");
  assert.ok(dime);
  assert.equal(decimalOf(times(dime, 3)), "0.3");
  const sum = sumOfAmounts([amountOf(19.99, "EUR"), amountOf("0.01", "EUR"), times(dime, 99)]);
  assert.equal(sum && decimalOf(sum), "29.9");
});

test("what is no price has no amount", () => {
  for (const price of [null, undefined, -1, Number.NaN, Number.POSITIVE_INFINITY, "12.1234567", "a", "1e3", 2_000_000_000]) {
    assert.equal(amountOf(price, "EUR"), null, String(price));
  }
  assert.equal(decimalOf(amountOf(0, "EUR")!), "0");
  assert.equal(decimalOf(amountOf(1e-6, "EUR")!), "0.000001");
  assert.equal(decimalOf(amountOf("7.500000", "EUR")!), "7.5");
});

test("an amount that is missing, or in other money, has no sum", () => {
  const euro = amountOf(1, "EUR");
  assert.equal(sumOfAmounts([euro, null]), null);
  assert.equal(sumOfAmounts([euro, amountOf(1, "USD")]), null);
  assert.equal(sumOfAmounts([]), null);
});

test("the largest prices stay exact, and codes that are none do no harm", () => {
  const most = times(amountOf("999999999.999999", "EUR")!, 99);
  assert.equal(decimalOf(most), "98999999999.999901");
  assert.match(amountText({ ...most, currency: "nonsense" }), /98999999999\.999901 nonsense/);
  assert.match(amountText(amountOf(30, "EUR")!), /30[.,]00/);
  assert.match(amountText(amountOf(30, "JPY")!), /30(?![.,])/);
});
