import assert from "node:assert/strict";
import { test } from "node:test";

import collections from "../../../../clients/vendure/dist/src/catalogue/collections.js";
import products from "../../../../clients/vendure/dist/src/catalogue/product_row.js";
import texts from "../../../../clients/vendure/dist/src/catalogue/texts.js";
import options from "../../../../clients/vendure/dist/src/options.js";

const KEYS = { apiUrl: "https://fit.example/", secretKey: "sk_a_b", publishableKey: "pk_a_b" };
const SETTINGS = options.settingsOf(KEYS);

function variant(changes = {}) {
  return { id: "7", name: "Shirt S", sku: "W-1", price: 10, stock: 2, preview: undefined, options: [], facets: [], ...changes };
}

function product(changes = {}) {
  return {
    id: "1", name: "Shirt", slug: "a shirt", description: "", preview: undefined, createdAt: new Date("2026-05-02T10:00:00Z"),
    facets: [], category: null, currency: "EUR", variants: [variant()], ...changes,
  };
}

test("a parent has the lowest price, all pieces and all sizes of its variants", () => {
  const size = (name) => [{ called: ["Size", "shirt-size"], name }];
  const variants = [
    variant({ options: size("S"), price: 12 }),
    variant({ id: "8", options: size("M"), stock: 3 }),
    variant({ id: "9", options: size("M"), stock: -4 }),
  ];

  const [parent, small] = products.rowsOf(product({ variants, category: "collection-3" }), SETTINGS);

  assert.deepEqual([parent.id, parent.price, parent.stock, parent.sizes], ["product-1", 10, 5, ["S", "M"]]);
  assert.deepEqual([small.id, small.group_id, small.size, small.price], ["variant-7", "product-1", "S", 12]);
  assert.equal(parent.category_id, "collection-3");
  assert.equal(parent.page, "/product/a%20shirt");
  assert.equal("category_path" in parent, false);
});

test("a product of which one variant is not counted has no number of pieces", () => {
  const [parent] = products.rowsOf(product({ variants: [variant(), variant({ stock: null })] }), SETTINGS);

  assert.equal("stock" in parent, false);
});

test("facets are fields where there is one, attributes elsewhere, and never the source", () => {
  const facet = (code, name) => ({ called: [code, code.toUpperCase()], name });
  const facets = [facet("brand", "Alder"), facet("fit", "loose"), facet("fit", "long"), facet("source", "mine")];
  const length = [{ called: ["Length", "shirt-length"], name: "32" }];

  const [parent, child] = products.rowsOf(product({ facets, variants: [variant({ options: length })] }), SETTINGS);

  assert.equal(parent.brand, "Alder");
  assert.deepEqual(parent.attributes, { fit: ["loose", "long"], source: "vendure" });
  assert.deepEqual(child.attributes.Length, ["32"]);
  assert.equal(child.attributes.sku, "W-1");
});

test("long texts are cut to what a product may have", () => {
  const facets = Array.from({ length: 80 }, (_, place) => ({ called: [`facet-${place}`], name: "x".repeat(900) }));
  const [parent] = products.rowsOf(product({ name: "x".repeat(2_000), description: "y".repeat(30_000), facets }), SETTINGS);

  assert.equal(parent.title.length, 1_000);
  assert.equal(parent.description.length, 20_000);
  assert.ok(Object.keys(parent.attributes).length <= 100);
  assert.equal(parent.attributes["facet-1"][0].length, 200);
});

test("a description is text without its markup, and a title is what it says", () => {
  const description = "<h2>Linen</h2><p>Ties at the&nbsp;side, &lt; 2 cm.<br>Made <a href='/by'>here</a>.</p><script>alert(1)</script>";
  const [parent, small] = products.rowsOf(product({ name: "<b>Shirt</b> & tie", description }), SETTINGS);

  assert.equal(parent.title, "<b>Shirt</b> & tie");
  assert.equal(parent.description.replaceAll(/\s+/g, " "), "Linen Ties at the side, < 2 cm. Made here.");
  assert.equal(small.description, parent.description);
});

test("an attribute is called as in the language that is fed, in whatever order names are kept", () => {
  const names = [{ languageCode: "fr", name: "Taille" }, { languageCode: "de", name: "Größe" }, { languageCode: "en", name: "Size" }];

  assert.deepEqual(texts.namesIn("de", names), ["Größe", "Size", "Taille"]);
  assert.deepEqual(texts.namesIn("de", names.toReversed()), ["Größe", "Size", "Taille"]);
});

test("no sign is cut in half", () => {
  const [parent] = products.rowsOf(product({ name: `${"x".repeat(999)}👗`, description: "\ud83d" }), SETTINGS);

  assert.equal(parent.title, "x".repeat(999));
  assert.ok(parent.description.isWellFormed());
});

test("what is below a private collection hangs where that one hangs", () => {
  const collection = (id, parentId, isPrivate = false) => ({ id, name: id, parentId, isPrivate, position: 0 });
  const tree = new collections.CollectionTree([
    collection("2", "1"), collection("3", "2", true), collection("4", "3"), collection("5", "1"),
  ]);

  assert.deepEqual(tree.rows().map((row) => [row.id, row.parent_id]), [
    ["collection-2", null], ["collection-5", null], ["collection-4", "collection-2"],
  ]);
  assert.equal(tree.deepest(["5", "4", "2"]), "collection-4");
  assert.equal(tree.deepest(["3", "unknown"]), null);
});

test("collections in a circle end", () => {
  const collection = (id, parentId) => ({ id, name: id, parentId, isPrivate: false, position: 0 });
  const tree = new collections.CollectionTree([collection("2", "3"), collection("3", "2")]);

  assert.equal(tree.rows().length, 2);
});

test("options that cannot be right are refused, and no message has the key", () => {
  const wrong = [
    [{ apiUrl: "fit.example" }, /apiUrl/],
    [{ secretKey: "pk_secret" }, /secretKey must begin with sk_/],
    [{ publishableKey: "sk_secret" }, /publishableKey must begin with pk_/],
    [{ batchSize: 0 }, /batchSize/],
    [{ queueLimit: Number.NaN }, /queueLimit/],
    [{ retrySeconds: [5, 1] }, /retrySeconds/],
  ];
  for (const [changes, message] of wrong) {
    assert.throws(() => options.settingsOf({ ...KEYS, ...changes }), (error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /_secret/);
      return true;
    });
  }
  assert.equal(SETTINGS.apiUrl, "https://fit.example");
});
