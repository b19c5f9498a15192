import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

import failures from "../../../../clients/vendure/dist/src/api/failures.js";
import feeds from "../../../../clients/vendure/dist/src/catalogue/feed.js";
import listeners from "../../../../clients/vendure/dist/src/catalogue/listener.js";
import senders from "../../../../clients/vendure/dist/src/catalogue/product_sender.js";
import writers from "../../../../clients/vendure/dist/src/catalogue/writer.js";
import options from "../../../../clients/vendure/dist/src/options.js";

// Vendure as the plugin has it: it lies beside the plugin alone.
const { Logger } = createRequire(import.meta.resolve("../../../../clients/vendure/dist/src/index.js"))("@vendure/core");

const SETTINGS = options.settingsOf({
  apiUrl: "https://fit.example", secretKey: "sk_a_b", publishableKey: "pk_a_b", batchSize: 1, queueLimit: 60, delaySeconds: 0,
  retrySeconds: [0.01, 0.02],
});
const PRODUCTS = ["1", "2", "3"];

/** Fitting Room, as far as a writer calls it; what is to be deleted of `refused` is refused, whenever it is. */
function fittingRoom({ refused = [], categories = [] } = {}) {
  const room = { done: [], onSale: new Set(), categoryKeys: categories };
  const remove = (key) => {
    room.done.push(key);
    if (refused.includes(key)) throw new failures.RefusedError(`DELETE ${key} was answered with 405: no`, 405);
  };
  room.putCategories = async () => [];
  room.putProducts = async (rows) => rows.map(({ id }, line) => (room.onSale.add(id), { line, verdict: "updated", id }));
  room.retireProduct = async (key) => {
    remove(key);
    room.onSale.delete(key);
  };
  room.deleteCategory = async (key) => {
    remove(key);
    return true;
  };
  room.products = async function* () {
    yield [...room.onSale].map((id) => ({ id, attributes: { source: "vendure" } }));
  };
  room.categories = async function* () {
    yield room.categoryKeys.map((id) => ({ id }));
  };
  return room;
}

/** A shop whose three products are all withdrawn; `onPage` runs at each page of a sync. */
function shop(room, { onPage = () => {}, onRead = () => {}, collections = [], broken = new Map() } = {}) {
  const pages = [];
  const reader = {
    shelf: async () => ({ tree: { rows: () => collections.map((id) => ({ id, name: id, parent_id: null })) } }),
    read: async (_, id) => {
      onRead(id);
      if (broken.has(id)) throw broken.get(id);
      return null;
    },
    productsOf: async (variants) => new Map(variants.filter((id) => id.startsWith("of-")).map((id) => [id, id.at(-1)])),
    idsAfter: async (last) => {
      pages.push(last);
      onPage(last);
      return PRODUCTS.filter((id) => last === null || id > last).slice(0, 1);
    },
  };
  const writer = new writers.CatalogueWriter(SETTINGS, room);
  const products = new senders.ProductSender(SETTINGS, reader, writer);
  return { feed: new feeds.CatalogueFeed(SETTINGS, room, reader, writer, products), pages, reader, writer };
}

/** What is logged as an error while the test runs. */
function loggedErrors(t) {
  const lines = [];
  t.mock.method(Logger, "error", (line) => lines.push(line));
  return lines;
}

async function quiet(feed) {
  // It also keeps the process alive, which the feed's own timers do not.
  while (!feed.sender.isIdle) {
    assert.equal(feed.sender.lastFailure, null);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(feed.sender.lastFailure, null);
}

test("changes that never end hold up neither a sync nor the end of a collection", async () => {
  const room = fittingRoom({ categories: ["collection-7"] });
  let changes = 0;
  const { feed, pages } = shop(room, {
    // Each step leaves more work than it does; the bound lets the test fail.
    onRead: () => {
      const over = feed.lastSyncAt !== null && room.done.includes("collection-7");
      for (let more = 0; more < 2 && !over && changes < 400; more += 1) feed.productsChanged([String(100 + (changes++ % 50))]);
    },
  });

  feed.productsChanged(["100"]);
  feed.syncAll();
  feed.collectionsDeleted();
  await quiet(feed);

  assert.ok(changes < 400, `${changes} changes`);
  assert.deepEqual(pages.slice(0, 4), [null, "1", "2", "3"]);
  assert.equal(feed.waiting, 0);
});

test("what a sync finds too much of is retired by it, however little may wait", async () => {
  const room = fittingRoom();
  for (let number = 0; number < 150; number += 1) room.onSale.add(`variant-${number}`);
  const { feed, pages } = shop(room);

  feed.syncAll({ mayShrink: true });
  await quiet(feed);

  assert.equal(room.onSale.size, 0);
  assert.deepEqual(pages, [null, "1", "2", "3"]);
});

test("a shop that lacks most of the catalogue is taken for a wrong one, until somebody says that it is right", async (t) => {
  const errors = loggedErrors(t);
  const room = fittingRoom();
  for (let number = 0; number < 150; number += 1) room.onSale.add(`variant-${number}`);
  const { feed } = shop(room);

  feed.syncAll();
  await quiet(feed);
  assert.equal(room.onSale.size, 150);
  assert.equal(errors.length, 1);
  assert.match(errors[0], /150 of 150.*shrink: true/);

  feed.syncAll({ mayShrink: true });
  feed.syncAll();
  await quiet(feed);
  assert.equal(room.onSale.size, 0);
});

test("a sync retires what another process has put again, before it or while it runs", async () => {
  for (const duringSync of [false, true]) {
    const room = fittingRoom();
    const { feed } = shop(room, {
      onPage: (last) => {
        if (duringSync && last === "1") feed.productsChanged(["9"]);
        if (last === "3") room.onSale.add("product-9");
      },
    });
    if (!duringSync) feed.productsChanged(["9"]);
    await quiet(feed);
    feed.syncAll();
    await quiet(feed);

    assert.deepEqual(room.done.filter((key) => key === "product-9"), ["product-9", "product-9"]);
    assert.equal(room.onSale.size, 0);
  }
});

test("with a collection those below it go, after what has waited and from the leaves up", async () => {
  const room = fittingRoom({ categories: ["collection-1", "collection-2", "collection-3", "mine"] });
  const { feed } = shop(room, { collections: ["collection-1"] });

  feed.productsChanged(["4"]);
  feed.collectionsDeleted();
  await quiet(feed);

  assert.deepEqual(room.done, ["product-4", "collection-3", "collection-2"]);
});

test("a category or product that will never be deleted is said once, and the rest goes on", async (t) => {
  const errors = loggedErrors(t);
  const categories = ["collection-1", "collection-2"];
  const room = fittingRoom({ refused: ["collection-2", "product-1"], categories });
  room.onSale.add("product-1");
  const { feed, writer } = shop(room);

  feed.productsChanged(["1", "2"]);
  feed.collectionsDeleted();
  await quiet(feed);
  assert.deepEqual(room.done, ["product-1", "product-2", "collection-2", "collection-1"]);

  feed.syncAll();
  feed.collectionsDeleted();
  await quiet(feed);
  assert.ok(room.done.filter((key) => key === "collection-2").length > 1);
  assert.equal(errors.length, 2);
  assert.match(errors[1], /collection-2 was answered with 405: no.*DELETE/);
  assert.equal(writer.rejected, 2);
});

test("a product that cannot be read stays as it is, is said once, and holds up no other", async (t) => {
  const errors = loggedErrors(t);
  const room = fittingRoom();
  for (const key of ["product-2", "variant-of-2", "product-3"]) room.onSale.add(key);
  const { feed, writer } = shop(room, { broken: new Map([["2", new Error("imageUrl: no preview")]]) });

  feed.syncAll();
  await quiet(feed);
  feed.variantsChanged(["of-2"]);
  await quiet(feed);

  assert.deepEqual([...room.onSale], ["product-2", "variant-of-2"]);
  assert.equal(writer.rejected, 1);
  assert.equal(errors.length, 1);
  assert.match(errors[0], /product-2 could not be read.*imageUrl: no preview/);
});

test("while the shop's own database is away nothing is passed over", async () => {
  const room = fittingRoom();
  room.onSale.add("product-1");
  const broken = new Map([["1", new Error("connection lost")]]);
  const { feed, reader } = shop(room, { broken });
  const { shelf } = reader;
  let looks = 0;
  reader.shelf = async () => {
    looks += 1;
    if (looks === 2) throw broken.get("1");
    return shelf();
  };

  feed.productsChanged(["1"]);
  while (feed.sender.lastFailure === null) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(feed.waiting, 1);
  broken.clear();
  while (feed.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 1));

  assert.equal(room.onSale.size, 0);
});

test("a sync that runs comes to its end, and one follows for all that was wished meanwhile", async () => {
  let wishes = 0;
  const { feed, pages } = shop(fittingRoom(), {
    // No end of it, were each wish to begin from the start; the bound lets the test fail.
    onPage: () => {
      if (feed.lastSyncAt === null && wishes < 50) {
        wishes += 1;
        feed.syncAll();
      }
    },
  });

  feed.syncAll();
  await quiet(feed);

  assert.deepEqual(pages, [null, "1", "2", "3", null, "1", "2", "3"]);
  assert.equal(feed.isSyncing, false);
});

test("a channel that is changed, and a collection that may have moved or changed its privacy, begin a sync", () => {
  const heard = new Map();
  const bus = { ofType: (kind) => ({ subscribe: (hear) => heard.set(kind.name, hear) }) };
  let syncs = 0;
  const feed = { collectionsChanged() {}, collectionsDeleted() {}, syncAll: () => (syncs += 1) };
  new listeners.CatalogueListener(bus, feed).start();
  const isSynced = (type) => {
    syncs = 0;
    heard.get("ChannelEvent")({ type });
    return syncs === 1;
  };
  assert.deepEqual(["created", "updated", "deleted"].map(isSynced), [false, true, false]);
  const synced = (type, input) => {
    syncs = 0;
    heard.get("CollectionEvent")({ entity: { id: 5, isPrivate: false }, type, ...(input && { input }) });
    return syncs === 1;
  };

  assert.equal(synced("updated"), true, "moved");
  assert.equal(synced("updated", { id: 5, isPrivate: false }), true, "made public");
  assert.equal(synced("updated", { id: 5, isPrivate: true }), true, "made private");
  assert.equal(synced("updated", { id: 5, parentId: 2 }), true, "another parent");
  assert.equal(synced("updated", { id: 5, translations: [] }), false, "renamed");
  assert.equal(synced("created", { isPrivate: false, translations: [] }), false, "created");
  assert.equal(synced("deleted", 5), false, "deleted");
});
