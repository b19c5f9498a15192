import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createFittingRoom } from "../../../clients/js/dist/index.js";
import { Storage, accept, answerBy, away, browser, eachInABrowser, hang, judge, openBrowser, openLocks, problem, settled, tracked } from "./browser.mjs";

const HOUR_MS = 3_600_000;

eachInABrowser();

function view(client, number = 1) {
  client.track("product_view", { product_id: `shirt-${number}` });
}

async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  await settled();
}

test("events go after two seconds, with the moment of sending and the visit's secret", async () => {
  const asked = answerBy(judge());
  const client = createFittingRoom();
  view(client);
  await pass(1_999);
  assert.equal(asked.length, 0);
  await pass(1);

  const [{ sent_at: at, session_secret: secret, events }] = tracked(asked);
  assert.equal(at, Date.now());
  assert.match(secret, /^[A-Za-z0-9._~-]{22,128}$/);
  assert.equal(events[0].session_id, client.sessionId);
  assert.match(events[0].session_id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(at - events[0].occurred_at, 2_000);
  assert.equal(asked[0].keepalive, true);
  assert.equal(client.queued, 0);
});

test("ten events go at once, in the order of what happened", async () => {
  const asked = answerBy(judge());
  const client = createFittingRoom();
  for (let number = 0; number < 9; number += 1) view(client, number);
  await settled();
  assert.equal(asked.length, 0);
  view(client, 9);
  await settled();

  const products = tracked(asked)[0].events.map((event) => event.product_id);
  assert.deepEqual(products, Array.from({ length: 10 }, (_, number) => `shirt-${number}`));
});

test("a page that is left sends what waits by a beacon, and the next page asks for the verdict", async () => {
  openBrowser({ key: "pk_page" });
  const client = createFittingRoom({ apiUrl: "https://fit.example/" });
  view(client);
  browser.page.fire("pagehide");

  const [{ url, body }] = browser.beacons;
  assert.equal(url, "https://fit.example/v1/track?key=pk_page");
  assert.match(body.session_secret, /^[\w-]{22,}$/);
  const asked = answerBy(judge());
  const next = createFittingRoom({ apiUrl: "https://fit.example" });
  await next.flush();
  assert.equal(tracked(asked)[0].events[0].event_id, body.events[0].event_id);
  assert.equal(next.queued, 0);
});

test("what is under way when a page is left is not sent again by a beacon", async () => {
  answerBy(hang);
  const client = createFittingRoom();
  for (let number = 0; number < 10; number += 1) view(client, number);
  await settled();
  view(client, 10);
  browser.page.fire("pagehide");

  assert.deepEqual(browser.beacons.map(({ body }) => body.events.map((event) => event.product_id)), [["shirt-10"]]);
});

test("a page that is hidden sends at once: it may never be told that it is left", async () => {
  const asked = answerBy(judge());
  view(createFittingRoom());
  browser.show(false);
  await settled();
  assert.equal(tracked(asked).length, 1);
});

test("while the API is away events wait, ever longer, and go when the network is back", async () => {
  const asked = answerBy(away);
  const client = createFittingRoom();
  view(client);
  await pass(2_000);
  assert.equal(asked.length, 1);
  for (const [pause, tries] of [[1_200, 2], [2_400, 3], [4_800, 4]]) {
    await pass(pause);
    assert.equal(asked.length, tries);
  }
  for (let number = 0; number < 30; number += 1) view(client, number);
  await settled();
  assert.equal(asked.length, 4, "more events are no reason to try sooner");

  const back = answerBy(judge());
  browser.page.fire("online");
  await settled();
  assert.equal(tracked(back).flatMap(({ events }) => events).length, 31);
  assert.equal(client.queued, 0);
});

test("a server that asks for patience gets it, also from who is in a hurry", async () => {
  const asked = answerBy(problem(503, "overloaded", { "retry-after": "90" }), judge());
  const client = createFittingRoom();
  view(client);
  await pass(2_000);
  await client.flush();
  await pass(89_000);
  assert.equal(asked.length, 1);
  await pass(20_000);
  assert.equal(asked.length, 2);
});

test("a date is a time to wait for as well", async () => {
  const when = new Date(Date.now() + 62_000).toUTCString();
  const asked = answerBy(problem(429, "limit", { "retry-after": when }), judge());
  view(createFittingRoom());
  await pass(2_000);
  await pass(55_000);
  assert.equal(asked.length, 1);
  await pass(30_000);
  assert.equal(asked.length, 2);
});

test("an answer that is no JSON is no verdict", async () => {
  const asked = answerBy(() => new Response("<h1>Log in to this network</h1>"), judge());
  const client = createFittingRoom();
  view(client);
  await pass(2_000);
  assert.equal(client.queued, 1);
  await pass(2_000);
  assert.equal(asked.length, 2);
  assert.equal(client.queued, 0);
});

test("one event that no batch can hold is given up, and the others go", async () => {
  const asked = answerBy((call) => (
    call.body.events.some((event) => event.product_id === "shirt-13")
      ? problem(400, "malformed-json")() : judge()(call)
  ));
  const client = createFittingRoom({ flushEvents: 100 });
  for (let number = 0; number < 40; number += 1) view(client, number);
  await client.flush();

  assert.equal(client.queued, 0);
  assert.equal(client.dropped, 1);
  const taken = tracked(asked).filter(({ events }) => events.every((event) => event.product_id !== "shirt-13"));
  assert.equal(taken.flatMap(({ events }) => events).length, 39);
  assert.ok(asked.length < 25, `${asked.length} requests`);
  assert.equal(console.warn.mock.callCount() <= 1, true);
});

test("a batch of which all is refused is done with", async () => {
  const refuse = ({ event_id: id }) => ({ event_id: id, verdict: "rejected", code: "unknown_product", detail: "" });
  const asked = answerBy(judge(refuse, { status: 422 }));
  const client = createFittingRoom();
  view(client);
  await client.flush();
  assert.deepEqual([asked.length, client.queued, client.dropped], [1, 0, 0]);
});

test("a wrong key keeps the events and the session, and says so once", async () => {
  const asked = answerBy(problem(401, "key-refused"));
  const client = createFittingRoom({ key: "pk_wrong" });
  const session = client.sessionId;
  view(client);
  await pass(2_000);
  await pass(1_300);
  await pass(2_500);
  assert.equal(asked[0].headers["x-fitting-room-key"], "pk_wrong");
  assert.deepEqual([asked.length, client.queued, client.sessionId], [3, 1, session]);
  assert.equal(console.warn.mock.calls.filter(({ arguments: [said] }) => said.includes("key-refused")).length, 1);
});

test("a queue holds a thousand events, and counts what it gives up", async () => {
  answerBy(away);
  const client = createFittingRoom({ flushEvents: 5_000 });
  for (let number = 0; number < 1_005; number += 1) view(client, number);
  assert.equal(client.queued, 1_000);
  assert.equal(client.dropped, 5);
});

test("after two days an event is too old", async () => {
  const asked = answerBy(away, judge());
  const client = createFittingRoom();
  view(client, 1);
  await client.flush();
  mock.timers.setTime(Date.now() + 47 * HOUR_MS);
  view(client, 2);
  mock.timers.setTime(Date.now() + 2 * HOUR_MS);
  browser.page.fire("online");
  await settled();
  const sent = tracked(asked).at(-1).events.map((event) => event.product_id);
  assert.deepEqual(sent, ["shirt-2"]);
  assert.deepEqual([client.queued, client.dropped], [0, 1]);
});

test("hostile values are dropped with a count, and never thrown", async () => {
  const asked = answerBy(judge());
  const client = createFittingRoom();
  const cyclic = {};
  cyclic.self = cyclic;
  const thrower = { get product_id() { throw new Error("no"); } };
  for (const fields of [cyclic, { product_id: "x".repeat(100_000) }, { rating: 10n }, thrower, null]) {
    client.track("product_view", fields);
  }
  client.track("product_view", { product_id: "shirt-1", slot: undefined, extra: () => {} });
  client.track("product_view", { product_id: "\ud800", session_id: "another", event_id: 7, occurred_at: "never" });
  await client.flush();

  assert.equal(client.dropped, 5);
  const [{ events: [plain, odd] }] = tracked(asked);
  assert.deepEqual(Object.keys(plain).sort(), ["event_id", "occurred_at", "product_id", "session_id", "type"]);
  assert.equal(odd.session_id, client.sessionId);
  assert.equal(odd.occurred_at, Date.now());
  assert.ok(console.warn.mock.callCount() <= 1);
});

test("a batch has room in a request that outlives its page", async () => {
  const asked = answerBy(judge());
  const client = createFittingRoom({ flushEvents: 100 });
  for (let number = 0; number < 20; number += 1) client.track("checkout", { order_id: "x".repeat(5_000) });
  await client.flush();
  for (const body of tracked(asked)) assert.ok(JSON.stringify(body).length < 64 * 1_024);
  assert.equal(tracked(asked).flatMap(({ events }) => events).length, 20);
});

test("events of another person than the session's begin a fresh session, without its decisions", async () => {
  const client = createFittingRoom();
  const before = client.sessionId;
  const asked = answerBy(judge((event) => (event.session_id === before
    ? { event_id: event.event_id, verdict: "rejected", code: "other_user", detail: "begin a new session" } : accept(event))));
  client.track("product_view", { product_id: "shirt-1", decision_id: "d", slot: 3 });
  client.track("impression", { product_ids: ["shirt-1"], decision_id: "d", slots: [3] });
  await client.flush();

  const [[first], second] = tracked(asked).map((batch) => batch.events);
  assert.equal(first.slot, 3);
  assert.equal(second.length, 1, "what was on screen was of the session before");
  assert.equal(second[0].event_id, first.event_id);
  assert.equal(second[0].session_id, client.sessionId);
  assert.notEqual(client.sessionId, before);
  assert.deepEqual([second[0].decision_id, second[0].slot], [undefined, undefined]);
});

for (const [status, slug] of [[401, "session-token"], [403, "foreign-session"]]) {
  test(`only the events of a session that is refused with ${status} move to a fresh one`, async () => {
    const client = createFittingRoom();
    const lost = client.sessionId;
    const other = { type: "product_view", event_id: "kept", session_id: "another", occurred_at: Date.now() };
    browser.storage.setItem("fr.e.zzzzzzzzzzz.kept", JSON.stringify(other));
    const asked = answerBy((call) => (call.body.events[0].session_id === lost ? problem(status, slug)() : judge()(call)));
    view(client);
    await client.flush();

    const sessions = tracked(asked).map(({ events }) => events.map((event) => event.session_id));
    assert.deepEqual(sessions, [[lost], [client.sessionId], ["another"]]);
    assert.notEqual(client.sessionId, lost);
  });
}

test("a service that takes no session at all is not asked for ever", async () => {
  const asked = answerBy(problem(401, "session-token"));
  const client = createFittingRoom();
  view(client);
  await client.flush();
  assert.ok(asked.length < 6, `${asked.length} requests`);
  assert.equal(client.queued, 1);
});

test("a request has the events of one session, with the secret of it", async () => {
  const client = createFittingRoom();
  const before = client.sessionId;
  answerBy(away);
  view(client, 1);
  await client.logout().catch(() => {});
  view(client, 2);
  const asked = answerBy(judge());
  browser.page.fire("online");
  await settled();

  const [first, second] = tracked(asked);
  assert.deepEqual([first.events[0].session_id, second.events[0].session_id], [before, client.sessionId]);
  assert.notEqual(first.session_secret, second.session_secret);
});

test("tokens of rows go with the events of their visit, as many as a request has room for", async () => {
  const tokens = Array.from({ length: 30 }, (_, row) => `row.decision-${row}.${"x".repeat(3_000)}`);
  const client = createFittingRoom();
  answerBy(({ body }) => Response.json({
    session_id: body.session_id, recorded: true,
    rows: [...tokens.map((token, row) => ({ decision_id: `decision-${row}`, decision_token: token, items: [] })), { items: [] }],
  }));
  await client.recommendations([{ placement: "home" }]);
  const asked = answerBy(judge());
  view(client);
  await client.flush();

  assert.deepEqual(tracked(asked)[0].decision_token, tokens.slice(-13).reverse());
  assert.ok(JSON.stringify(tracked(asked)[0]).length < 64 * 1_024);
  const explained = answerBy(() => Response.json({ decision_id: "decision-29" }));
  await client.explanation("decision-29");
  assert.equal(explained[0].headers["x-decision-token"], tokens[29]);
});

test("two tabs lose nothing of each other, and send nothing twice", async () => {
  openBrowser({ locks: openLocks() });
  const asked = answerBy(judge());
  const tabs = [createFittingRoom(), createFittingRoom()];
  for (let number = 0; number < 9; number += 1) view(tabs[number % 2], number);
  await Promise.all(tabs.map((tab) => tab.flush()));

  const ids = tracked(asked).flatMap(({ events }) => events.map((event) => event.event_id));
  assert.equal(new Set(ids).size, 9);
  assert.equal(ids.length, 9);
  assert.equal(tabs[0].sessionId, tabs[1].sessionId);
});

test("where a browser has no locks two tabs lose nothing either", async () => {
  const asked = answerBy(judge());
  const tabs = [createFittingRoom(), createFittingRoom()];
  for (let number = 0; number < 9; number += 1) view(tabs[number % 2], number);
  await Promise.all(tabs.map((tab) => tab.flush()));

  const ids = tracked(asked).flatMap(({ events }) => events.map((event) => event.event_id));
  assert.equal(new Set(ids).size, 9);
  assert.equal(tabs[0].queued, 0);
});

test("where storage is full the page remembers what no longer fits", async () => {
  class Full extends Storage {
    setItem() {
      throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    }
  }
  openBrowser({ storage: new Full() });
  const asked = answerBy(judge());
  const client = createFittingRoom();
  view(client);
  assert.equal(client.queued, 1);
  await client.flush();
  assert.deepEqual([tracked(asked).length, client.queued], [1, 0]);
});

test("a click on a card goes with what follows on the page that it leads to", async () => {
  const { Card } = await import("./browser.mjs");
  const card = new Card();
  const client = createFittingRoom();
  client.watch(card, { productId: "shirt-1", decisionId: "d1", slot: 2 });
  card.fire("click");
  const asked = answerBy(judge());
  const next = createFittingRoom();
  next.track("product_view", { product_id: "shirt-1" });
  next.track("add_to_cart", { product_id: "shirt-2" });
  next.track("feedback", { product_id: "shirt-1", thumb: 1, decision_id: "own", slot: 0 });
  await next.flush();

  const places = tracked(asked)[0].events.map(({ decision_id: decision, slot }) => [decision, slot]);
  assert.deepEqual(places, [["d1", 2], [undefined, undefined], ["own", 0]]);
});
