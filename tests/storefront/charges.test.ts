import assert from "node:assert/strict";
import { test } from "node:test";

import { lineIdOf, type BagLine } from "../../storefront/src/bag/bag.ts";
import { decimalOf } from "../../storefront/src/cart/amounts.ts";
import { bundlesOf, chargesFor } from "../../storefront/src/cart/charges.ts";
import { freshLines, withOffersOfNow } from "../../storefront/src/cart/freshLines.ts";
import { piecesIn } from "../../storefront/src/cart/pieces.ts";

const OUTFIT = { bundle_id: "outfit", decision_id: "d1", product_ids: ["shirt", "jeans"] };

function line(id: string, price: number | null, more: Partial<BagLine> = {}): BagLine {
  const suggested = more.suggested ?? null;
  const product = { product_id: id, category_id: "c", title: id, price, currency: "EUR", image_url: null };
  return { line_id: lineIdOf(id, suggested), product_id: id, quantity: 1, product, suggested, offered: null, ...more };
}

const euros = (units: number) => ({ units, currency: "EUR", digits: 2 });
const shirt = (more: Partial<BagLine> = {}) => line("shirt", 20, { suggested: OUTFIT, offered: euros(1_799), ...more });
const jeans = (more: Partial<BagLine> = {}) => line("jeans", 50, { suggested: OUTFIT, offered: euros(4_501), ...more });
const text = (amount: Parameters<typeof decimalOf>[0] | null) => amount && decimalOf(amount);

test("a whole bundle costs what its offer says, to the cent", () => {
  const { total, saving, lines } = chargesFor([shirt(), jeans(), line("hat", 5)]);
  assert.equal(text(total), "68");
  assert.equal(text(saving), "7");
  assert.deepEqual(lines.map(({ before }) => text(before)), ["20", "50", null]);
});

test("pieces beyond the bundle cost what the catalogue says", () => {
  const { total, lines } = chargesFor([shirt({ quantity: 3 }), jeans()]);
  assert.deepEqual(lines[0]?.charges.map(({ pieces, each }) => [pieces, text(each)]), [[1, "17.99"], [2, "20"]]);
  assert.equal(text(total), "103");
});

test("the offer ends when a product of the bundle is taken out", () => {
  const { total, saving } = chargesFor([shirt()]);
  assert.equal(text(total), "20");
  assert.equal(saving, null);
  const three = { ...OUTFIT, product_ids: ["shirt", "jeans", "hat"] };
  assert.equal(bundlesOf([shirt({ suggested: three }), jeans({ suggested: three })]).size, 0);
});

test("an offer that is dearer than the catalogue by now is no saving", () => {
  const { saving, lines } = chargesFor([line("shirt", 10, { suggested: OUTFIT, offered: euros(1_799) }), jeans()]);
  assert.equal(lines[0]?.before, null);
  assert.equal(text(saving), "4.99");
});

test("where the catalogue asks no more than the offer, its price counts", () => {
  for (const [price, currency, asked] of [[10, "EUR", "10"], [17.99, "EUR", "17.99"], [20, "USD", "20"], [null, "EUR", null]] as const) {
    const [first] = chargesFor([shirt({ product: { ...shirt().product, price, currency } }), jeans()]).lines;
    assert.equal(text(first!.total), asked, `${price} ${currency}`);
    assert.equal(first?.before, null);
  }
});

test("an offer that has changed or ended counts as it is now, one that is not told as it was", () => {
  const suggestion = (after: number | null) => ({
    bundle_id: "outfit", product_ids: ["shirt", "jeans"], discount_percent: 5, reason: "",
    offer: after === null ? null : { rule_id: "r", reason: "", price: {
      currency: "EUR", digits: 2, before: 7_000, after: after + 4_501, saving: 2_499 - after, lines: [
        { product_id: "shirt", before: 2_000, after }, { product_id: "jeans", before: 5_000, after: 4_501 },
      ],
    } },
  });
  const sum = (suggestions: Parameters<typeof withOffersOfNow>[1]) => text(chargesFor(withOffersOfNow([shirt(), jeans()], suggestions)).total);
  assert.equal(sum([]), "63");
  assert.equal(sum([suggestion(1_500)]), "60.01");
  assert.equal(sum([suggestion(null)]), "70");
  assert.equal(sum([{ ...suggestion(null), bundle_id: "other" }]), "63");
});

test("a line without a price, or in other money, leaves the sum open", () => {
  assert.equal(chargesFor([line("hat", 5), line("bag", null)]).total, null);
  assert.equal(chargesFor([]).total, null);
});

test("what the shop has taken off or sold out stays apart from the order", () => {
  const lines = [line("hat", 5), line("gone", 5), line("sold", 5), line("unasked", 5)];
  const hat = { ...lines[0]!.product, price: 6 };
  const sold = { ...lines[2]!.product, availability: "out_of_stock" };
  const known = { asked: new Set(["hat", "gone", "sold"]), found: new Map([["hat", hat], ["sold", sold]]) };
  const { lines: kept, unavailable } = freshLines(lines, known);
  assert.deepEqual(kept.map(({ product_id: id, product }) => [id, product.price]), [["hat", 6], ["unasked", 5]]);
  assert.deepEqual(unavailable.map(({ product_id: id }) => id), ["gone", "sold"]);
  assert.equal(freshLines(lines, null).lines.length, 4);
});

test("typed quantities stay within 1 and 99", () => {
  assert.deepEqual(["3", " 12 ", "0", "100", "999"].map(piecesIn), [3, 12, 1, 99, 99]);
  assert.deepEqual(["", "-1", "1.5", "two", "1000"].map(piecesIn), [null, null, null, null, null]);
});
