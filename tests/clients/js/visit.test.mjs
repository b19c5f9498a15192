import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { ApiError, createFittingRoom } from "../../../clients/js/dist/index.js";
import { answerBy, away, browser, eachInABrowser, judge, openBrowser, problem, settled, tracked } from "./browser.mjs";

const HOUR_MS = 3_600_000;

eachInABrowser();

test("a session lives for 48 hours and is shared by pages and tabs", () => {
  const { sessionId } = createFittingRoom();
  assert.equal(createFittingRoom().sessionId, sessionId);
  mock.timers.setTime(Date.now() + 47 * HOUR_MS);
  assert.equal(createFittingRoom().sessionId, sessionId);
  mock.timers.setTime(Date.now() + 2 * HOUR_MS);
  assert.notEqual(createFittingRoom().sessionId, sessionId);
});

test("a clock that is set back a little changes nothing, and one set back far begins anew", () => {
  mock.timers.reset();
  const now = mock.method(Date, "now", () => 1_000 * HOUR_MS);
  const { sessionId } = createFittingRoom();
  now.mock.mockImplementation(() => 997 * HOUR_MS);
  assert.equal(createFittingRoom().sessionId, sessionId);
  now.mock.mockImplementation(() => 900 * HOUR_MS);
  assert.notEqual(createFittingRoom().sessionId, sessionId);
});

test("a tab hears of the session that another tab has begun", () => {
  const here = createFittingRoom();
  const heard = [];
  const end = here.onSession((session) => heard.push(session));
  const before = here.sessionId;
  const kept = JSON.parse(browser.storage.getItem("fr.visit"));
  const other = { ...kept, id: crypto.randomUUID(), former: [] };
  browser.storage.setItem("fr.visit", JSON.stringify(other));
  browser.page.fire("storage", { key: "fr.queue" });
  browser.page.fire("storage", { key: "fr.visit" });
  browser.page.fire("storage", { key: "fr.visit" });

  assert.notEqual(here.sessionId, before);
  assert.deepEqual(heard, [other.id]);
  end();
  browser.storage.setItem("fr.visit", JSON.stringify({ ...kept }));
  browser.page.fire("storage", { key: "fr.visit" });
  assert.equal(heard.length, 1);
});

test("events of a session that another tab has replaced still go with its secret", async () => {
  answerBy(away);
  const here = createFittingRoom();
  here.track("product_view", { product_id: "shirt-1" });
  const kept = JSON.parse(browser.storage.getItem("fr.visit"));
  browser.storage.setItem("fr.visit", JSON.stringify({ ...kept, id: crypto.randomUUID(), secret: "x".repeat(40), former: [] }));
  const asked = answerBy(judge());
  await here.flush();
  assert.equal(tracked(asked)[0].session_secret, kept.secret);
  assert.equal(tracked(asked)[0].events[0].session_id, kept.id);
});

test("where storage is blocked the page remembers for itself", async () => {
  openBrowser({ storage: null });
  const asked = answerBy(judge());
  const client = createFittingRoom();
  const { sessionId } = client;
  client.track("product_view", { product_id: "shirt-1" });
  await client.flush();
  assert.equal(tracked(asked)[0].events[0].session_id, sessionId);
  assert.equal(client.sessionId, sessionId);
  assert.equal(client.queued, 0);
});

for (const spoiled of ["{", "7", "true", "[]", '"text"', "{}", '{"id":7}', '[{"a":1},7,null]', "null"]) {
  test(`what storage holds in another shape counts as nothing: ${spoiled}`, async () => {
    const { id } = JSON.parse((createFittingRoom().sessionId, browser.storage.getItem("fr.visit")));
    // An empty list is a choice, and "{" would spoil it all.
    const [former, consent] = [spoiled === "{" ? 7 : spoiled, spoiled === "{" || spoiled === "[]" ? 7 : spoiled];
    const odd = `{"id":"${id}","secret":"s","begun":${Date.now()},"former":${former},"consent":${consent}}`;
    for (const visit of [spoiled, odd]) {
      browser.storage.setItem("fr.visit", visit);
      for (const name of ["decisions", "clicked", "e.a", "e.b.c", "dropped"]) browser.storage.setItem(`fr.${name}`, spoiled);
      const asked = answerBy(judge());
      const client = createFittingRoom();
      client.track("product_view", { product_id: "shirt-1" });
      await client.flush();
      assert.match(tracked(asked)[0].events[0].session_id, /^[0-9a-f-]{36}$/);
      assert.equal(client.queued, 0);
    }
  });
}

test("what another program keeps in storage is left alone", async () => {
  browser.storage.setItem("frame", "1");
  browser.storage.setItem("cart", "2");
  answerBy(judge());
  const client = createFittingRoom();
  client.track("product_view", { product_id: "shirt-1" });
  await client.flush();
  assert.deepEqual([browser.storage.getItem("frame"), browser.storage.getItem("cart")], ["1", "2"]);
});

test("a page on another site keeps the token, shows it, and sends no cookie of its own accord", async () => {
  const client = createFittingRoom({ apiUrl: "https://fit.example", key: "pk_page" });
  const token = `k.${client.sessionId}.9.signature`;
  const asked = answerBy(() => Response.json({ verdicts: [] }, { headers: { "x-session-token": token } }));
  client.track("product_view", { product_id: "shirt-1" });
  await client.flush();
  const next = createFittingRoom({ apiUrl: "https://fit.example", key: "pk_page" });
  await next.request("/v1/products?id=a");

  assert.equal(asked[1].url, "https://fit.example/v1/products?id=a");
  assert.equal(asked[1].headers.authorization, `Bearer ${token}`);
  assert.equal(asked[1].headers["x-fitting-room-key"], "pk_page");
  assert.equal(asked[1].credentials, "same-origin");
  assert.equal(next.authHeaders().authorization, `Bearer ${token}`);
});

test("a page of the API's own site leaves the token to the cookie", async () => {
  const client = createFittingRoom();
  const token = `k.${client.sessionId}.9.signature`;
  answerBy(() => Response.json({}, { headers: { "x-session-token": token } }));
  await client.request("/v1/products?id=a");
  assert.equal(client.authHeaders().authorization, `Bearer ${token}`);
  assert.equal(createFittingRoom().authHeaders().authorization, undefined);
  assert.ok(!browser.storage.getItem("fr.visit").includes(token));
});

test("a token that has expired is left, and the secret says whose visit it is", async () => {
  const client = createFittingRoom();
  const token = `k.${client.sessionId}.9.signature`;
  const asked = answerBy(
    () => Response.json({}, { headers: { "x-session-token": token } }), problem(401, "session-token"), () => Response.json({ fine: 1 }),
  );
  await client.request("/v1/a");
  assert.deepEqual(await client.request("/v1/b"), { fine: 1 });
  assert.deepEqual(asked.slice(1).map(({ headers }) => Boolean(headers.authorization)), [true, false]);
});

test("a session that is no longer ours is left for a fresh one, with all that asks for it", async () => {
  const client = createFittingRoom();
  const lost = client.sessionId;
  const asked = answerBy((call) => (JSON.stringify(call).includes(lost)
    ? problem(401, "session-token")() : Response.json({ session_id: client.sessionId, rows: [], items: [], consent: [] })));
  assert.deepEqual(await client.recommendations([{ strategy: "new" }]), []);
  assert.notEqual(client.sessionId, lost);
  assert.equal(asked.length, 2);
  await client.rank({ product_ids: ["a"] });
  assert.equal(asked.at(-1).body.session_id, client.sessionId);
  assert.equal((await client.readConsent()).session_id, client.sessionId);
});

test("a problem says what it is, and how long to wait", async () => {
  answerBy(problem(429, "kept-bytes", { "retry-after": "7" }));
  const error = await createFittingRoom().recommendations([]).catch((reason) => reason);
  assert.ok(error instanceof ApiError);
  assert.deepEqual([error.status, error.type, error.detail, error.retryAfter], [429, "/problems/kept-bytes", "about kept-bytes", 7]);
});

test("without an answer the status is 0; a call that its page ends is ended", async () => {
  answerBy(away);
  const error = await createFittingRoom().profile().catch((reason) => reason);
  assert.deepEqual([error instanceof ApiError, error.status, error.type], [true, 0, "network"]);
  const stop = new AbortController();
  stop.abort();
  answerBy(({ signal }) => signal.throwIfAborted());
  const ended = await createFittingRoom().rank({ product_ids: [] }, { signal: stop.signal }).catch((reason) => reason);
  assert.equal(ended.name, "AbortError");
});

test("a login makes the visit a person's; after another person it is a fresh one", async () => {
  const client = createFittingRoom();
  const asked = answerBy(({ body }) => Response.json({ user_id: body.user_token }));
  const visit = client.sessionId;
  await client.login("ann");
  assert.deepEqual([client.userId, client.sessionId], ["ann", visit]);
  assert.equal(asked[0].url, `/v1/sessions/${visit}/login`);

  answerBy(problem(409, "other-user"), () => Response.json({ user_id: "bob" }));
  await client.login("bob");
  assert.equal(client.userId, "bob");
  assert.notEqual(client.sessionId, visit);
});

test("a logout sends what waits, ends the session and begins one of nobody", async () => {
  const client = createFittingRoom();
  const asked = answerBy((call) => (call.url.endsWith("/login") ? Response.json({ user_id: "ann" })
    : call.url.endsWith("/track") ? judge()(call) : Response.json({ session_id: "theirs", session_token: "t" })));
  await client.login("token");
  const visit = client.sessionId;
  client.track("product_view", { product_id: "shirt-1" });
  await client.logout();
  assert.deepEqual(asked.map(({ url }) => url.replace(visit, "ID")), ["/v1/sessions/ID/login", "/v1/track", "/v1/sessions/ID/logout"]);
  assert.equal(client.userId, null);
  assert.notEqual(client.sessionId, visit);
});

for (const [name, answer, fails] of [["has ended already", problem(401, "session-token"), false], ["cannot be told", away, true]]) {
  test(`a logout begins a fresh session also where the old one ${name}`, async () => {
    const client = createFittingRoom();
    const visit = client.sessionId;
    answerBy(answer);
    const error = await client.logout().then(() => null, (reason) => reason);
    assert.equal(error !== null, fails);
    assert.notEqual(client.sessionId, visit);
  });
}

test("a profile that has not changed costs no body", async () => {
  const client = createFittingRoom();
  const profile = { session_id: client.sessionId, version: 1, decision_token: "p.t" };
  const asked = answerBy(
    () => Response.json(profile, { headers: { etag: '"1"' } }), () => new Response(null, { status: 304 }),
  );
  assert.deepEqual(await client.profile(), profile);
  assert.deepEqual(await client.profile(), profile);
  assert.deepEqual(asked.map(({ headers }) => headers["if-none-match"]), ["", '"1"']);
});

test("after it was closed a client goes on with its next use", async () => {
  const asked = answerBy(judge());
  const client = createFittingRoom();
  client.track("product_view", { product_id: "shirt-1" });
  client.close();
  await settled();
  assert.equal(browser.page.count() + browser.document.count(), 0);
  assert.equal(tracked(asked).length, 1);
  client.track("product_view", { product_id: "shirt-1" });
  mock.timers.tick(2_000);
  await settled();
  assert.equal(tracked(asked).length, 2);
});

test("without a page nothing happens", () => {
  const { document } = globalThis;
  delete globalThis.document;
  Object.defineProperty(globalThis, "localStorage", { value: undefined, configurable: true });
  const client = createFittingRoom({ consent: "wait" });
  client.track("product_view", { product_id: "shirt-1" });
  assert.deepEqual([client.sessionId, client.userId, client.queued, client.dropped], ["", null, 0, 0]);
  Object.defineProperty(globalThis, "document", { value: document, configurable: true });
});
