import assert from "node:assert/strict";
import { test } from "node:test";

import failures from "../../../../clients/vendure/dist/src/api/failures.js";
import feeds from "../../../../clients/vendure/dist/src/catalogue/feed.js";
import listeners from "../../../../clients/vendure/dist/src/catalogue/listener.js";
import writers from "../../../../clients/vendure/dist/src/catalogue/writer.js";
import options from "../../../../clients/vendure/dist/src/options.js";

const SETTINGS = options.settingsOf({
  apiUrl: "https://fit.example", secretKey: "sk_a_b", publishableKey: "pk_a_b", batchSize: 1, delaySeconds: 0,
});
const PRODUCTS = ["1", "2", "3"];

/** Fitting Room, as far as a writer calls it; `refused` keys are refused, once each. */
function fittingRoom(refused = []) {
  const room = { retired: [], onSale: new Set(), toRefuse: new Set(refused) };
  room.putCategories = async () => [];
  room.putProducts = async (rows) => rows.map(({ id }, line) => (room.onSale.add(id), { line, verdict: "updated", id }));
  room.retireProduct = async (key) => {
    room.retired.push(key);
    if (room.toRefuse.delete(key)) throw new failures.RefusedError("no", 400);
    room.onSale.delete(key);
  };
  room.products = async function* () {
    yield [...room.onSale].map((id) => ({ id, attributes: { source: "vendure" } }));
  };
  room.categories = async function* () {};
  return room;
}

/** A shop whose three products are all withdrawn; `onPage` runs at each page of a sync. */
function shop(room, onPage = () => {}) {
  const pages = [];
  const reader = {
    tree: async () => ({ rows: () => [] }),
    read: async () => [],
    productsOf: async () => new Map(),
    otherVariants: async () => [],
    idsAfter: async (_, last) => {
      pages.push(last);
      onPage(last);
      return PRODUCTS.filter((id) => last === null || id > last).slice(0, 1);
    },
  };
  const writer = new writers.CatalogueWriter(SETTINGS, room);
  const feed = new feeds.CatalogueFeed(SETTINGS, room, reader, writer, { context: async () => ({}) });
  return { feed, pages };
}

async function quiet(feed) {
  // It also keeps the process alive, which the feed's own timers do not.
  while (!feed.sender.isIdle) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(feed.sender.lastFailure, null);
}

test("a retired product is retired once a minute, and again once it was put", async (t) => {
  let now = 1_000;
  t.mock.method(performance, "now", () => now);
  const room = fittingRoom();
  const writer = new writers.CatalogueWriter(SETTINGS, room);

  await writer.retire(["product-1"]);
  now += 59_000;
  await writer.retire(["product-1"]);
  assert.deepEqual(room.retired, ["product-1"]);
  now += 1_000;
  await writer.retire(["product-1"]);
  assert.deepEqual(room.retired, ["product-1", "product-1"]);

  await writer.put([{ id: "product-1" }]);
  await writer.retire(["product-1"]);
  assert.equal(room.retired.length, 3);
});

test("a put that is cut may have been taken, so what it names is retired again", async () => {
  const room = fittingRoom();
  const writer = new writers.CatalogueWriter(SETTINGS, room);
  await writer.retire(["product-1"]);
  room.putProducts = async () => {
    throw new failures.AwayError("cut");
  };

  await assert.rejects(writer.put([{ id: "product-1" }]), failures.AwayError);
  await writer.retire(["product-1"]);

  assert.deepEqual(room.retired, ["product-1", "product-1"]);
});

test("a refused retirement is counted, and not taken for done", async () => {
  const room = fittingRoom(["product-1"]);
  const writer = new writers.CatalogueWriter(SETTINGS, room);

  await writer.retire(["product-1"]);
  await writer.retire(["product-1"]);

  assert.deepEqual(room.retired, ["product-1", "product-1"]);
  assert.equal(writer.rejected, 1);
});

test("a sync retires what another process has put again, before it or while it runs", async () => {
  for (const duringSync of [false, true]) {
    const room = fittingRoom();
    const { feed } = shop(room, (last) => {
      if (duringSync && last === "1") feed.productsChanged(["9"]);
      if (last === "3") room.onSale.add("product-9");
    });
    if (!duringSync) feed.productsChanged(["9"]);
    await quiet(feed);
    feed.syncAll();
    await quiet(feed);

    assert.deepEqual(room.retired, ["product-9", "product-9"]);
    assert.equal(room.onSale.size, 0);
  }
});

test("a sync that runs comes to its end, and one follows for all that was wished meanwhile", async () => {
  let wishes = 0;
  const { feed, pages } = shop(fittingRoom(), () => {
    // No end of it, were each wish to begin from the start; the bound lets the test fail.
    if (feed.lastSyncAt === null && wishes < 50) {
      wishes += 1;
      feed.syncAll();
    }
  });

  feed.syncAll();
  await quiet(feed);

  assert.deepEqual(pages, [null, "1", "2", "3", null, "1", "2", "3"]);
  assert.equal(feed.isSyncing, false);
});

test("a collection that may have moved or changed its privacy has its products sent again", () => {
  const heard = new Map();
  const bus = { ofType: (kind) => ({ subscribe: (hear) => heard.set(kind.name, hear) }) };
  let syncs = 0;
  const feed = { collectionsChanged() {}, collectionsDeleted() {}, syncAll: () => (syncs += 1) };
  new listeners.CatalogueListener(bus, feed).start();
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
