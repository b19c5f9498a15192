/** What goes wrong around a page: clocks, other tabs, listeners that throw, calls that overtake each other. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createFittingRoom } from "../../../clients/js/dist/index.js";
import {
  Card, Observer, Storage, answerBy, away, browser, eachInABrowser, hang, judge, openBrowser, problem, settled, tracked,
} from "./browser.mjs";

const HOUR_MS = 3_600_000;

eachInABrowser();

function view(client, number = 1) {
  client.track("product_view", { product_id: `shirt-${number}` });
}

async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  await settled(60);
}

function products(asked) {
  return tracked(asked).flatMap(({ events }) => events).map((event) => event.product_id);
}

/** As another tab writes it, and tells of it. */
function writeElsewhere(name, value) {
  const newValue = value === null ? null : JSON.stringify(value);
  if (value === null) browser.storage.removeItem(name);
  else browser.storage.setItem(name, newValue);
  browser.page.fire("storage", { key: name, newValue });
}

const keptVisit = () => JSON.parse(browser.storage.getItem("fr.visit"));

test("a clock that is set back keeps nobody in a session that was lost", async () => {
  mock.timers.reset();
  const now = mock.method(Date, "now", () => 1_000 * HOUR_MS);
  const client = createFittingRoom();
  const lost = [];
  answerBy(({ body }) => (lost.includes(body.session_id) ? problem(401, "session-token")() : Response.json({ rows: [] })));
  lost.push(client.sessionId);
  await client.recommendations([]);
  now.mock.mockImplementation(() => 999 * HOUR_MS);
  lost.push(client.sessionId);
  await client.recommendations([]);
  assert.ok(!lost.includes(client.sessionId));
});

test("a closed client tries no more, and goes on where it was with its next use", async () => {
  const asked = answerBy(away);
  const client = createFittingRoom();
  view(client, 1);
  client.close();
  await settled();
  assert.equal(asked.length, 1);
  await pass(HOUR_MS);
  assert.equal(asked.length, 1);

  const back = answerBy(judge());
  view(client, 2);
  await pass(2_000);
  assert.deepEqual(products(back), ["shirt-1", "shirt-2"]);
});

test("choices reach the service one after the other, in their order", async () => {
  const answers = [];
  const asked = answerBy(({ body }) => new Promise((resolve) => answers.push(() => resolve(Response.json(body)))));
  const client = createFittingRoom();
  const both = [client.setConsent(["measure"]), client.setConsent(["learn"])];
  await settled();
  assert.deepEqual(asked.map(({ body }) => body.consent), [["measure"]]);
  answers[0]();
  await settled();
  assert.deepEqual(asked.map(({ body }) => body.consent), [["measure"], ["learn"]]);
  answers[1]();
  await Promise.all(both);
});

test("a choice that the service has not taken is not put in the place of a later one", async () => {
  const client = createFittingRoom();
  answerBy(({ body }) => Response.json(body));
  await client.setConsent(["measure"]);
  let fail;
  answerBy(() => new Promise((_, reject) => {
    fail = () => reject(new TypeError("fetch failed"));
  }), ({ body }) => Response.json(body));
  const more = client.setConsent(["measure", "share"]).catch(() => {});
  await settled();
  const none = client.setConsent([]);
  fail();
  await Promise.all([more, none]);
  assert.deepEqual(keptVisit().consent, []);
});

test("a listener that throws costs nobody else the fresh session", async () => {
  const client = createFittingRoom();
  const lost = client.sessionId;
  const heard = [];
  client.onSession(() => {
    throw new Error("of the page");
  });
  client.onSession((session) => heard.push(session));
  const asked = answerBy((call) => (call.body.events[0].session_id === lost ? problem(401, "session-token") : judge())(call));
  view(client);
  await client.flush();
  assert.deepEqual([heard, client.queued, products(asked)], [[client.sessionId], 0, ["shirt-1", "shirt-1"]]);
  assert.equal(console.warn.mock.calls.filter(({ arguments: [said] }) => said.includes("listener")).length, 1);
});

test("a listener that throws costs nobody else the profile or the stream", async () => {
  const client = createFittingRoom();
  const asked = answerBy(({ signal }) => new Response(new ReadableStream({
    start(controller) {
      const profile = JSON.stringify({ version: 1, session_id: client.sessionId });
      controller.enqueue(new TextEncoder().encode(`id: 1\nevent: profile\ndata: ${profile}\n\n`));
      signal.addEventListener("abort", () => controller.error(signal.reason));
    },
  })));
  const shown = [];
  const fail = () => {
    throw new Error("of the page");
  };
  client.subscribe(fail, fail);
  client.subscribe(({ version }) => shown.push(version), (state) => shown.push(state));
  await settled(60);
  await pass(5_000);
  assert.deepEqual([shown, asked.length], [["connecting", "live", 1], 1]);
  client.close();
  await settled();
});

test("a page that comes back hears that the session is another by now", async () => {
  const client = createFittingRoom();
  const heard = [];
  client.onSession((session) => heard.push(session));
  const id = crypto.randomUUID();
  // A page in the browser's memory is told of nothing that other tabs write.
  browser.storage.setItem("fr.visit", JSON.stringify({ ...keptVisit(), id }));
  browser.page.fire("pageshow", { persisted: true });
  assert.deepEqual(heard, [id]);
});

test("who listens later hears nothing of a visit that was left while the tab was behind", async () => {
  const client = createFittingRoom();
  answerBy(({ signal, url }) => (url.includes(client.sessionId) ? new Response(new ReadableStream({
    start(controller) {
      const profile = JSON.stringify({ version: 1, session_id: client.sessionId });
      controller.enqueue(new TextEncoder().encode(`id: 1\nevent: profile\ndata: ${profile}\n\n`));
      signal.addEventListener("abort", () => controller.error(signal.reason));
    },
  })) : hang({ signal })));
  client.subscribe(() => {});
  await settled(60);
  browser.show(false);
  await pass(30_000);
  writeElsewhere("fr.visit", { ...keptVisit(), id: crypto.randomUUID() });
  const shown = [];
  client.subscribe((profile) => shown.push(profile));
  await settled();
  assert.deepEqual(shown, []);
  client.close();
  await settled();
});

test("what could not be sent before a logout is not of whoever comes next", async () => {
  const client = createFittingRoom();
  const left = client.sessionId;
  answerBy(({ url }) => (url.endsWith("/track") ? problem(503, "log-away", { "retry-after": "60" })() : new Response(null, { status: 204 })));
  view(client, 1);
  await client.logout();
  assert.notEqual(client.sessionId, left);
  const asked = answerBy((call) => (call.body.events[0].session_id === left ? problem(401, "session-token") : judge())(call));
  view(client, 2);
  browser.page.fire("online");
  await settled();
  assert.deepEqual(products(asked), ["shirt-2"]);
});

test("a tab that waits for a choice hears of the one in another tab", async () => {
  const client = createFittingRoom({ consent: "wait" });
  view(client);
  const { sessionId } = client;
  const heard = [];
  client.onSession((session) => heard.push(session));
  const asked = answerBy(judge());
  writeElsewhere("fr.other", {});
  await pass(5_000);
  assert.equal(asked.length, 0);
  const other = { id: crypto.randomUUID(), secret: "s".repeat(40), begun: Date.now(), user: null, former: [], consent: ["measure"] };
  writeElsewhere("fr.visit", other);
  await pass(5_000);
  assert.deepEqual(tracked(asked).map(({ events: [event] }) => [event.session_id, event.consent]), [[sessionId, ["measure"]]]);
  assert.deepEqual([client.queued, heard], [0, [other.id]]);
});

test("a tab that waits for a choice forgets what it holds where another tab refuses all", async () => {
  const client = createFittingRoom({ consent: "wait" });
  view(client);
  const asked = answerBy(judge());
  writeElsewhere("fr.visit", { id: crypto.randomUUID(), secret: "s".repeat(40), begun: Date.now(), user: null, former: [], consent: [] });
  await pass(5_000);
  assert.deepEqual([asked.length, client.queued, Object.keys(browser.storage)], [0, 0, ["fr.visit"]]);
});

test("storage that is emptied elsewhere changes nothing for a tab that waits", () => {
  const client = createFittingRoom({ consent: "wait" });
  view(client);
  const { sessionId } = client;
  writeElsewhere("fr.visit", null);
  assert.deepEqual([client.sessionId, client.queued], [sessionId, 1]);
});

test("a card that was seen just before the page is left is reported", async () => {
  const asked = answerBy(judge());
  const client = createFittingRoom();
  const card = new Card();
  client.watch(card, { productId: "shirt-1", decisionId: "d", slot: 0 });
  await settled();
  Observer.show(card, 1);
  await pass(1_100);
  browser.show(false);
  await settled();
  assert.deepEqual(tracked(asked).flatMap(({ events }) => events.map(({ type }) => type)), ["impression"]);
});

test("a page that never stops telling is heard once the pause is over", async () => {
  const asked = answerBy(problem(503, "log-away", { "retry-after": "10" }), judge());
  const client = createFittingRoom({ flushEvents: 1 });
  for (let second = 0; second < 20; second += 1) {
    view(client, second);
    await pass(1_000);
  }
  assert.ok(asked.length > 1, `${asked.length} tries`);
  assert.equal(client.queued, 0);
});

test("storage that is full keeps the page in its visit, whatever it hears", () => {
  const { sessionId: old } = createFittingRoom();
  mock.timers.setTime(Date.now() + 49 * HOUR_MS);
  mock.method(browser.storage, "setItem", () => {
    throw new DOMException("full", "QuotaExceededError");
  });
  const client = createFittingRoom();
  client.onSession(() => {});
  const { sessionId } = client;
  assert.notEqual(sessionId, old);
  browser.page.fire("pageshow", { persisted: false });
  browser.page.fire("online");
  assert.equal(client.sessionId, sessionId);
});

for (const answer of [{ verdicts: [] }, { verdicts: "accepted" }, { verdicts: {} }, {}, null, []]) {
  test(`events stay until there is a verdict for each, which ${JSON.stringify(answer)} has not`, async () => {
    const asked = answerBy(() => Response.json(answer), judge());
    const client = createFittingRoom();
    view(client, 1);
    view(client, 2);
    await client.flush();
    assert.equal(client.queued, 2);
    await pass(2_000);
    assert.deepEqual([client.queued, asked.length], [0, 2]);
  });
}

test("thousands of events in a loop are put down one by one, and the queue is not listed for each", async () => {
  let lists = 0;
  const ownKeys = (store) => {
    lists += 1;
    return Reflect.ownKeys(store);
  };
  openBrowser({ storage: new Proxy(new Storage(), { ownKeys }) });
  answerBy(away);
  const client = createFittingRoom();
  for (let number = 0; number < 3_000; number += 1) view(client, number);
  // To list a thousand takes a browser milliseconds, in which the page stands still.
  assert.ok(lists < 100, `${lists} lists`);
  assert.deepEqual([client.queued, client.dropped], [1_000, 2_000]);
  await settled();
  const asked = answerBy(judge());
  browser.page.fire("online");
  await settled(200);
  assert.deepEqual([client.queued, products(asked).length, products(asked)[0], products(asked).at(-1)], [0, 1_000, "shirt-2000", "shirt-2999"]);
});
