import assert from "node:assert/strict";
import test from "node:test";

import { decimalsFor, printed } from "../../storefront/src/why/decimals.ts";

const partsOf = (amounts: readonly number[]) => amounts.map((amount, place) => ({ words: `w${place}`, amount }));
const number = (text: string) => Number(text.replace("−", "-").replace("+", ""));

function assertAddsUp(amounts: readonly number[]): void {
  const score = amounts.reduce((sum, amount) => sum + amount, 0);
  const { total, parts } = printed(partsOf(amounts), score);
  const decimals = total.split(".")[1]?.length ?? 0;
  const sum = parts.reduce((before, { text }) => before + Math.round(number(text) * 10 ** decimals), 0);
  assert.equal(sum, Math.round(Number(total) * 10 ** decimals), `${parts.map(({ text }) => text).join(" ")} = ${total}`);
  for (const [place, { text }] of parts.entries()) {
    assert.ok(Math.abs(number(text) - amounts[place]!) <= 1.0001 / 10 ** decimals, `${text} is ${amounts[place]}`);
  }
}

test("printed parts add up to the printed score", () => {
  assertAddsUp([0.3333, 0.3333, 0.3334]);
  assertAddsUp([0.0005, 0.0005, 0.0005, 0.0005]);
  assertAddsUp([0.9, -0.12345, 0.00049, -0.00051]);
  assertAddsUp([]);
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 500; round += 1) {
    assertAddsUp(Array.from({ length: 1 + Math.floor(random() * 6) }, () => (random() - 0.3) * 10 ** -Math.floor(random() * 5)));
  }
});

test("small scores show as many digits of their parts as large ones do", () => {
  assert.equal(decimalsFor([0.4]), 3);
  assert.equal(decimalsFor([0.00042]), 5);
  assert.equal(decimalsFor([]), 3);
});

test("parts that are of no such score are not bent to fit", () => {
  const { parts } = printed(partsOf([0.1]), 0.9);
  assert.equal(parts[0]!.text, "+0.100");
});
