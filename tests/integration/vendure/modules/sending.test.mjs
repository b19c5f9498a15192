import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";

import client from "../../../../clients/vendure/dist/src/api/client.js";
import failures from "../../../../clients/vendure/dist/src/api/failures.js";
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

async function answered(status, body, headers = {}) {
  const seen = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
      seen.push({ method: request.method, url: request.url, key: request.headers.authorization, text });
      response.writeHead(status, headers).end(body);
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
    const { api, close } = await answered(status, JSON.stringify({ detail: "because" }), { "retry-after": "7" });
    const error = await api.track([]).catch((failure) => failure);
    close();
    assert.ok(error instanceof kind, `${status}: ${error}`);
    assert.match(error.message, /because/);
    assert.doesNotMatch(error.message, /sk_/);
    if (kind === failures.AwayError) assert.equal(error.retryAfterSeconds, 7);
  }
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
