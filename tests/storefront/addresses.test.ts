import assert from "node:assert/strict";
import test from "node:test";

import { address, categoryPath, productPath, searchPath, subjectOf } from "../../storefront/src/catalogue/addresses.ts";

const ODD = ["A1", "A/B", "a b", "50%", "?q=1", "#top", "ü", "..", ".", "-", "%2F", "a&b=c", "日本"];

for (const id of ODD) {
  test(`a page whose address names ${id} knows it`, () => {
    assert.deepEqual(subjectOf(productPath(id)), { kind: "product", id });
    assert.deepEqual(subjectOf(categoryPath(id)), { kind: "category", id });
  });
}

test("dots do not stand in a path, which browsers would resolve", () => {
  assert.equal(productPath(".."), "/product/-?id=..");
  assert.equal(address("/v1/categories", ".", "/products", { limit: "9" }), "/v1/categories/-/products?id=.&limit=9");
});

test("a place in the page is no part of what it is about", () => {
  assert.deepEqual(subjectOf("/product/A1?x=1#for-you"), { kind: "product", id: "A1" });
});

test("a spoiled address is about what it says, and the home page about nothing", () => {
  assert.deepEqual(subjectOf("/product/%E0%A4%A"), { kind: "product", id: "%E0%A4%A" });
  assert.equal(subjectOf("/"), null);
  assert.equal(subjectOf("/search?words=a"), null);
});

test("words of a search are text", () => {
  assert.equal(searchPath(""), "/search");
  assert.equal(new URL(searchPath("a&b #1"), "http://shop").searchParams.get("words"), "a&b #1");
});
