import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createFittingRoom } from "../../../clients/js/dist/index.js";
import { answerBy, away, browser, eachInABrowser, judge, settled, tracked } from "./browser.mjs";

eachInABrowser();

function api() {
  return answerBy((call) => (call.url.endsWith("/track") ? judge()(call) : Response.json({ ...call.body, personalized: true, session_id: "s", rows: [] })));
}

function view(client, number = 1) {
  client.track("product_view", { product_id: `shirt-${number}` });
}

/** What sent events say of consent, by their products. */
function said(asked) {
  return tracked(asked).flatMap(({ events }) => events).map(({ product_id: product, consent }) => [product, consent]);
}

test("what the shopper agrees to is said with the first event", async () => {
  const asked = api();
  const client = createFittingRoom({ consent: ["measure"] });
  view(client);
  await client.flush();
  assert.deepEqual(said(asked), [["shirt-1", ["measure"]]]);
});

test("where nothing is said nothing is sent of it", async () => {
  const asked = api();
  const client = createFittingRoom();
  view(client);
  await client.flush();
  assert.deepEqual(said(asked), [["shirt-1", undefined]]);
  assert.equal(tracked(asked)[0].consent, undefined);
});

test("before a choice nothing is sent or kept, no cookie either; after it all that was held goes", async () => {
  const asked = api();
  const client = createFittingRoom({ consent: "wait" });
  for (let number = 0; number < 25; number += 1) view(client);
  const session = client.sessionId;
  await client.recommendations([]);
  browser.show(false);
  browser.page.fire("pagehide");
  mock.timers.tick(60_000);
  await settled();
  assert.equal(tracked(asked).length + browser.beacons.length, 0);
  assert.deepEqual(Object.keys(browser.storage), []);
  assert.equal(asked[0].credentials, "omit");
  assert.equal(client.queued, 25);

  await client.setConsent(["measure", "personalize"]);
  await settled();
  const [{ events }] = tracked(asked);
  assert.deepEqual(said(asked), Array.from({ length: 25 }, () => ["shirt-1", ["measure", "personalize"]]));
  assert.equal(events[0].session_id, session);
  assert.equal(JSON.parse(browser.storage.getItem("fr.visit")).id, session);
  assert.equal(asked.at(-1).credentials, "same-origin");
});

test("a refusal forgets what was held, is told to the service, and follows nobody", async () => {
  const asked = api();
  const client = createFittingRoom({ consent: "wait" });
  view(client);
  await client.setConsent([]);
  view(client);
  await client.flush();
  assert.deepEqual(asked.map(({ url, body }) => [url.split("/").at(-1), body.consent]), [["consent", []]]);
  assert.deepEqual([client.queued, client.dropped], [0, 0]);
});

test("a choice is remembered for the session: the next page need not ask", async () => {
  const asked = api();
  await createFittingRoom({ consent: "wait" }).setConsent(["measure"]);
  const next = createFittingRoom({ consent: "wait" });
  view(next);
  await next.flush();
  assert.deepEqual(said(asked), [["shirt-1", ["measure"]]]);

  mock.timers.setTime(Date.now() + 49 * 3_600_000);
  const later = createFittingRoom({ consent: "wait" });
  view(later);
  await later.flush();
  assert.equal(tracked(asked).length, 1);
});

test("a choice goes before what the page says by itself", async () => {
  const asked = api();
  const client = createFittingRoom({ consent: ["measure"] });
  await client.setConsent(["measure", "learn"]);
  view(client);
  await client.flush();
  assert.deepEqual(said(asked), [["shirt-1", ["measure", "learn"]]]);
});

test("a refusal holds here, also where the service cannot be told", async () => {
  const client = createFittingRoom({ consent: ["measure"] });
  await (api(), client.setConsent(["measure", "personalize"]));
  answerBy(away);
  await assert.rejects(client.setConsent([]));
  const asked = api();
  view(client);
  await client.flush();
  assert.equal(asked.length, 0);
});

test("what the service has not heard of allows nothing more than before", async () => {
  const client = createFittingRoom();
  await (api(), client.setConsent(["measure"]));
  answerBy(away);
  await assert.rejects(client.setConsent(["measure", "share"]));
  const asked = api();
  view(client);
  await client.flush();
  assert.deepEqual(said(asked), [["shirt-1", ["measure"]]]);
});
