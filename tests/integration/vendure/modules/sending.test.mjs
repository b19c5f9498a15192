import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";

import client from "../../../../clients/vendure/dist/src/api/client.js";
import failures from "../../../../clients/vendure/dist/src/api/failures.js";
import products from "../../../../clients/vendure/dist/src/catalogue/product_sender.js";
import writers from "../../../../clients/vendure/dist/src/catalogue/writer.js";
import options from "../../../../clients/vendure/dist/src/options.js";
import patience from "../../../../clients/vendure/dist/src/sending/patience.js";
import senders from "../../../../clients/vendure/dist/src/sending/sender.js";
import waiting from "../../../../clients/vendure/dist/src/sending/waiting_ids.js";

const KEYS = { apiUrl: "https://fit.example", secretKey: "sk_a_b", publishableKey: "pk_a_b" };

test("ids wait once each, and say that one had no room", () => {
  const ids = new waiting.WaitingIds(2);
  for (const id of ["1", "2", "1", "3"]) ids.add(id);

  assert.equal(ids.takeOverflow(), true);
  assert.equal(ids.takeOverflow(), false);
  assert.deepEqual(ids.take(1), ["1"]);
  ids.add("1");
  assert.equal(ids.size, 3);
  ids.giveBack();
  assert.deepEqual(ids.take(5), ["1", "2"]);
  ids.finish();
  assert.equal(ids.size, 0);
});

test("waiting doubles up to its last, with half of it by chance", () => {
  const seconds = (failed, random) => patience.waitSeconds(failed, [1, 60], null, () => random);

  assert.deepEqual([1, 2, 3, 9, 2_000].map((failed) => seconds(failed, 1)), [1, 2, 4, 60, 60]);
  assert.equal(seconds(3, 0), 2);
  assert.equal(patience.waitSeconds(1, [1, 60], 30, () => 0), 30);
  // A quota of a day is asked for once an hour.
  assert.equal(patience.waitSeconds(1, [1, 60], 3_000, () => 0), 3_000);
  assert.equal(patience.waitSeconds(1, [1, 60], 80_000, () => 0), 3_600);
  assert.equal(patience.waitSeconds(20, [1, 7_200], 3_600, () => 1), 7_200);
});

test("a sender tries again until its step works, and hears what comes meanwhile", async () => {
  const done = Promise.withResolvers();
  let tries = 0;
  const sender = new senders.Sender("Test", { delaySeconds: 0, retrySeconds: [0.001, 0.002] }, async () => {
    tries += 1;
    if (tries < 3) throw new failures.AwayError("away");
    if (tries === 3) sender.wake();
    if (tries === 4) done.resolve();
    return false;
  });
  // Its own timers keep no process alive.
  const alive = setInterval(() => {}, 1_000);

  sender.wake();
  await done.promise;
  clearInterval(alive);
  sender.stop();

  assert.equal(sender.lastFailure, null);
});

/** A server that answers so, but first `before` times with 429. */
async function answered(status, body, headers = {}, before = 0) {
  const seen = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
      seen.push({ method: request.method, url: request.url, key: request.headers.authorization, text });
      if (seen.length <= before) response.writeHead(429, { "retry-after": "0" }).end("{}");
      else response.writeHead(status, headers).end(body);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const settings = options.settingsOf({
    apiUrl: `http://127.0.0.1:${server.address().port}`, secretKey: "sk_a_b", publishableKey: "pk_a_b", timeoutSeconds: 0.3,
  });
  return { api: new client.FittingRoomApi(settings), seen, close: () => { server.closeAllConnections(); server.close(); } };
}

test("answers are sorted into those to try again, those of a wrong key, and those that are final", async () => {
  const cases = [
    [503, failures.AwayError], [429, failures.AwayError], [507, failures.AwayError], [401, failures.ForbiddenError],
    [403, failures.ForbiddenError], [404, failures.ForbiddenError], [413, failures.RefusedError], [400, failures.RefusedError],
  ];
  for (const [status, kind] of cases) {
    const { api, close } = await answered(status, JSON.stringify({ detail: "because" }), { "retry-after": "70" });
    const error = await api.track([]).catch((failure) => failure);
    close();
    assert.ok(error instanceof kind, `${status}: ${error}`);
    assert.match(error.message, /because/);
    assert.doesNotMatch(error.message, /sk_/);
    if (kind === failures.AwayError) assert.equal(error.retryAfterSeconds, 70);
  }
});

test("a call that is to come again in a moment does, and one that never may is given up", async () => {
  const patient = await answered(200, JSON.stringify({ verdicts: [] }), {}, 3);
  assert.deepEqual(await patient.api.track([]), []);
  assert.equal(patient.seen.length, 4);
  patient.close();

  const never = await answered(503, "{}", { "retry-after": "0" });
  await assert.rejects(never.api.track([]), failures.AwayError);
  assert.ok(never.seen.length > 1 && never.seen.length < 20, `${never.seen.length} calls`);
  never.close();
});

test("a moment to come again at is read as well as seconds", async () => {
  const cases = [[new Date(Date.now() + 90_000).toUTCString(), 90], ["soon", null], ["", null]];
  for (const [text, seconds] of cases) {
    const { api, close } = await answered(503, "{}", { "retry-after": text });
    const error = await api.track([]).catch((failure) => failure);
    close();
    if (seconds === null) assert.equal(error.retryAfterSeconds, null);
    else assert.ok(Math.abs(error.retryAfterSeconds - seconds) < 30, String(error.retryAfterSeconds));
  }
});

test("a call has no more rows or bytes than a proxy takes, and loses none", () => {
  const rows = (count, length) => Array.from({ length: count }, (_, place) => ({ id: `product-${place}`, description: "é".repeat(length) }));
  const sizes = (calls) => calls.map((call) => call.length);

  assert.deepEqual(sizes(writers.callsOf(rows(250, 1), 100)), [100, 100, 50]);
  assert.deepEqual(sizes(writers.callsOf(rows(100, 20_000), 100)), [22, 22, 22, 22, 12]);
  assert.deepEqual(sizes(writers.callsOf(rows(2, 600_000), 100)), [1, 1]);
  assert.deepEqual(writers.callsOf([], 100), []);
});

test("products are put while they are read: few rows are held at a time", async () => {
  const settings = options.settingsOf({ ...KEYS, batchSize: 100 });
  const said = [];
  const variants = Array.from({ length: 150 }, (_, place) => ({ id: String(place), name: "S", sku: "", price: 1, stock: 1, options: [], facets: [] }));
  const reader = {
    shelf: async () => ({}),
    read: async (_, id) => {
      said.push(`read ${id}`);
      return { id, name: "Shirt", slug: "shirt", description: "", createdAt: new Date(0), facets: [], category: "c", currency: "EUR", variants };
    },
  };
  const api = { putProducts: async (rows) => (said.push(`put ${rows.length}`), []) };
  const sender = new products.ProductSender(settings, reader, new writers.CatalogueWriter(settings, api));

  const { onSale, products: count } = await sender.send(["1", "2"]);

  assert.deepEqual(said, ["read 1", "put 100", "read 2", "put 100", "put 100", "put 2"]);
  assert.deepEqual([onSale.size, count], [152, 2]);
});

test("an answer that refuses a whole call is final, and one that refuses its lines says so of each", async (t) => {
  const whole = await answered(422, JSON.stringify({ detail: "The body is no list." }));
  t.after(whole.close);
  const calls = [() => whole.api.putProducts([]), () => whole.api.putCategories([{ id: "c" }]), () => whole.api.track([])];
  for (const call of calls) {
    const error = await call().catch((failure) => failure);
    assert.ok(error instanceof failures.RefusedError, String(error));
    assert.equal(error.status, 422);
    assert.match(error.message, /422: The body is no list\./);
  }
  const writer = new writers.CatalogueWriter(options.settingsOf(KEYS), whole.api);
  await writer.put([{ id: "product-1" }, { id: "product-2" }]);
  assert.equal(writer.rejected, 2);

  const lines = await answered(422, JSON.stringify({ verdicts: [{ line: 1, verdict: "rejected" }] }));
  t.after(lines.close);
  assert.equal((await lines.api.putProducts([]))[0].verdict, "rejected");
});

test("a page of another service, a closed port and one that never answers are no success", async () => {
  const other = await answered(200, "<html>");
  await assert.rejects(other.api.track([]), failures.ForbiddenError);
  other.close();
  await assert.rejects(other.api.track([]), failures.AwayError);

  const silent = createServer(() => {});
  await new Promise((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const settings = options.settingsOf({
    apiUrl: `http://127.0.0.1:${silent.address().port}`, secretKey: "sk_a_b", publishableKey: "pk_a_b", timeoutSeconds: 0.1,
  });
  await assert.rejects(new client.FittingRoomApi(settings).track([]), failures.AwayError);
  silent.closeAllConnections();
  silent.close();
});

test("what is gone already is no failure, and a category in use stays", async () => {
  const gone = await answered(404, "{}");
  await gone.api.retireProduct("a/b");
  assert.equal(gone.seen[0].url, "/v1/catalogue/products/a%2Fb");
  assert.equal(gone.seen[0].key, "Bearer sk_a_b");
  assert.equal(await gone.api.deleteCategory("c"), true);
  gone.close();

  const used = await answered(409, "{}");
  assert.equal(await used.api.deleteCategory("c"), false);
  used.close();
});
