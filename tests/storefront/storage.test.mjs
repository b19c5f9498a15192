import assert from "node:assert/strict";
import { test } from "node:test";
import { Storage, openBrowser } from "./browser.mjs";

let opened = 0;

/** The modules anew, in a browser with this storage. */
async function page(storage) {
  openBrowser({ storage });
  opened += 1;
  return import(`../../storefront/storage.js?page=${opened}`);
}

test("where storage is blocked the page remembers for itself", async () => {
  const { browserStorage, tabStorage } = await page(null);

  for (const storage of [browserStorage, tabStorage]) {
    assert.equal(storage.read("key"), null);
    storage.write("key", { a: 1 });
    assert.deepEqual(storage.read("key"), { a: 1 });
  }
});

test("where storage is full the page remembers what no longer fits", async () => {
  const kept = new Storage();
  const { browserStorage } = await page(kept);
  browserStorage.write("key", 1);
  const fits = kept.setItem;
  kept.setItem = () => {
    throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
  };

  browserStorage.write("key", 2);
  assert.equal(browserStorage.read("key"), 2);

  kept.setItem = fits;
  browserStorage.write("key", 3);
  assert.deepEqual([browserStorage.read("key"), kept.getItem("key")], [3, "3"]);
});

test("what is spoiled counts as nothing", async () => {
  const kept = new Storage();
  kept.setItem("key", "{");
  const { browserStorage } = await page(kept);

  assert.equal(browserStorage.read("key"), null);
});

test("the next page reads what this one kept", async () => {
  const kept = new Storage();
  (await page(kept)).browserStorage.write("key", [1]);

  assert.deepEqual((await page(kept)).browserStorage.read("key"), [1]);
});
