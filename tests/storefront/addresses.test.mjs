import assert from "node:assert/strict";
import { test } from "node:test";
import { address, categoryPath, productPath, subjectOf } from "../../storefront/addresses.js";

const IDS = ["A/B-1", "a,b", "?", "#", "%2F", ".", "..", "...", "-", "🧥", "a b", "+", "&id=x", "//", "product"];

for (const id of IDS) {
  test(`the page of ${id} finds its id in its address`, () => {
    for (const [kind, path] of [["product", productPath(id)], ["category", categoryPath(id)]]) {
      const place = new URL(path, "http://shop.example");
      assert.deepEqual(subjectOf(place), { kind, id });
    }
  });
}

test("the home page is about nothing", () => {
  assert.deepEqual(subjectOf(new URL("http://shop.example/")), { kind: "", id: undefined });
});

test("other parameters stay beside the id", () => {
  assert.equal(address("/v1/products", "..", "/similar", { limit: 8 }), "/v1/products/-/similar?id=..&limit=8");
  assert.equal(address("/v1/products", "a/b", "/similar", { limit: 8 }), "/v1/products/a%2Fb/similar?limit=8");
});
