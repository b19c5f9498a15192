/** Acts that wait are used for no more than was agreed to when they happened, and still is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createFittingRoom } from "../../../clients/js/dist/index.js";
import { answerBy, away, browser, eachInABrowser, judge, problem, settled, tracked } from "./browser.mjs";

eachInABrowser();

function api() {
  return answerBy((call) => (call.url.endsWith("/track") ? judge()(call) : Response.json({ ...call.body })));
}

function view(client, number = 1) {
  client.track("product_view", { product_id: `shirt-${number}` });
}

async function back() {
  browser.page.fire("online");
  await settled();
}

/** What sent events say of consent, by their products. */
function said(asked) {
  return tracked(asked).flatMap(({ events }) => events).map(({ product_id: product, consent }) => [product, consent]);
}

test("what is agreed to later is not of what was done before", async () => {
  const asked = api();
  const client = createFittingRoom({ consent: ["personalize"] });
  view(client, 1);
  await client.setConsent(["personalize", "learn"]);
  view(client, 2);
  await client.flush();
  assert.deepEqual(said(asked), [["shirt-1", ["personalize"]], ["shirt-2", ["personalize", "learn"]]]);
});

test("what was withdrawn is not of what was done before", async () => {
  const asked = api();
  const client = createFittingRoom({ consent: ["measure", "learn"] });
  view(client);
  await client.setConsent(["measure", "share"]);
  assert.deepEqual(said(asked), [["shirt-1", ["measure"]]]);
});

test("what was withdrawn stays so for what was done before, also where it is agreed to again", async () => {
  answerBy(away);
  const client = createFittingRoom({ consent: ["measure", "learn"] });
  view(client);
  await client.flush();
  const asked = api();
  await client.setConsent(["measure"]);
  await client.setConsent(["measure", "learn"]);
  await back();
  assert.deepEqual(said(asked), [["shirt-1", ["measure"]]]);
});

test("an act of which nothing is left that was agreed to is forgotten: it would be heard as a refusal of all", async () => {
  const asked = api();
  const client = createFittingRoom({ consent: ["learn"] });
  view(client, 1);
  await client.setConsent(["measure"]);
  view(client, 2);
  await client.flush();
  assert.deepEqual(said(asked), [["shirt-2", ["measure"]]]);
  assert.deepEqual([client.queued, client.dropped], [0, 0]);
});

test("what the next page says holds for what waits of the page before, as far as both allow it", async () => {
  answerBy(away);
  view(createFittingRoom({ consent: ["measure", "learn"] }));
  const asked = api();
  await createFittingRoom({ consent: ["learn", "share"] }).flush();
  assert.deepEqual(said(asked), [["shirt-1", ["learn"]]]);
});

test("a page that refuses all by itself sends nothing of the page before", async () => {
  answerBy(away);
  view(createFittingRoom({ consent: ["measure"] }));
  const asked = api();
  const next = createFittingRoom({ consent: [] });
  await next.flush();
  assert.deepEqual([asked.length, next.queued], [0, 0]);
});

test("a beacon says it as well", async () => {
  answerBy(away);
  const client = createFittingRoom({ consent: ["measure", "learn"] });
  view(client);
  await client.setConsent(["measure"]).catch(() => {});
  await settled();
  browser.page.fire("pagehide");
  assert.deepEqual(browser.beacons[0].body.events.map(({ consent }) => consent), [["measure"]]);
});

test("what was held for a choice has the first one, not a later one", async () => {
  answerBy(away);
  const client = createFittingRoom({ consent: "wait" });
  view(client);
  await client.setConsent(["measure"]).catch(() => {});
  const asked = api();
  await client.setConsent(["measure", "share"]);
  await back();
  assert.deepEqual(said(asked), [["shirt-1", ["measure"]]]);
});

test("what was done before anybody said anything has what is usual then, as far as the choice allows it", async () => {
  answerBy(away);
  const client = createFittingRoom();
  view(client);
  await client.flush();
  const asked = api();
  await client.setConsent(["measure", "share"]);
  await back();
  assert.deepEqual(said(asked), [["shirt-1", ["measure"]]]);
});

test("what an event says itself is narrowed by the choice; the words of others are left to the service", async () => {
  const asked = api();
  const client = createFittingRoom({ consent: ["measure"] });
  client.track("product_view", { product_id: "shirt-1", consent: ["measure", "learn"] });
  client.track("product_view", { product_id: "shirt-2", consent: { learn: true } });
  await client.flush();
  assert.deepEqual(said(asked), [["shirt-1", ["measure"]], ["shirt-2", { learn: true }]]);
});

test("acts that move to a fresh session keep what they may be used for", async () => {
  const client = createFittingRoom({ consent: ["measure", "learn"] });
  const lost = client.sessionId;
  const asked = answerBy((call) => (call.body.events?.[0].session_id === lost ? problem(401, "session-token") : judge())(call));
  view(client);
  await client.flush();
  assert.deepEqual(said(asked).at(-1), ["shirt-1", ["measure", "learn"]]);
  assert.notEqual(tracked(asked).at(-1).events[0].session_id, lost);
});
