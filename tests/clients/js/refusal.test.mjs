/** Who refuses all leaves nothing in the browser but that, and what says it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createFittingRoom } from "../../../clients/js/dist/index.js";
import { Card, answerBy, away, browser, eachInABrowser, judge, tracked } from "./browser.mjs";

const TOKEN = { decision_id: "d", decision_token: "row.d.token" };

eachInABrowser();

function api() {
  return answerBy((call) => (call.url.endsWith("/track") ? judge()(call)
    : Response.json({ ...call.body, rows: [{ ...TOKEN, items: [] }] }, { headers: { "x-session-token": `k.${call.body?.session_id}.9.s` } })));
}

const kept = () => Object.keys(browser.storage).sort();
const visit = () => JSON.parse(browser.storage.getItem("fr.visit"));

/** All that a visit may leave: events, a count of those given up, a click, decisions. */
async function leaveTraces(client) {
  answerBy(away);
  client.track("product_view", { product_id: "shirt-1" });
  client.track("product_view", { product_id: "x".repeat(20_000) });
  const card = new Card();
  client.watch(card, { productId: "shirt-1", decisionId: "d", slot: 1 });
  card.fire("click");
  api();
  await client.recommendations([{ placement: "home" }]);
  return card;
}

test("a refusal takes out of the browser what was remembered, but for itself and what says it", async () => {
  const client = createFittingRoom();
  await client.logout().catch(() => {});
  await leaveTraces(client);
  assert.deepEqual(kept().map((name) => name.split(".")[1]), ["clicked", "decisions", "dropped", "e", "visit"]);
  assert.equal(visit().former.length, 1);
  answerBy(away);
  await client.setConsent([]).catch(() => {});
  assert.deepEqual(kept(), ["fr.visit"]);
  assert.deepEqual([visit().consent, visit().former, client.dropped, client.queued], [[], [], 0, 0]);
});

test("while all is refused a page writes nothing more, and still explains its rows", async () => {
  api();
  const client = createFittingRoom();
  await client.setConsent([]);
  const before = { ...browser.storage };
  const card = await leaveTraces(client);
  assert.deepEqual({ ...browser.storage }, before);
  assert.equal(createFittingRoom().sessionId, client.sessionId);

  const asked = api();
  await client.explanation("d");
  assert.equal(asked[0].headers["x-decision-token"], TOKEN.decision_token);
  assert.equal(asked[0].credentials, "omit", "an answer's cookie would be kept, too");
  card.fire("click");
  await client.setConsent(["measure"]);
  client.track("product_view", { product_id: "shirt-1" });
  await client.flush();
  assert.equal(tracked(asked)[0].events[0].decision_id, undefined, "a click of then is not remembered later either");
});

test("a page that refuses all by itself writes nothing at all", async () => {
  const client = createFittingRoom({ consent: [] });
  await leaveTraces(client);
  await client.profile().catch(() => {});
  assert.deepEqual(kept(), []);
  assert.equal(client.sessionId, client.sessionId);
});

test("a refusal spares what the page's other clients remember", async () => {
  api();
  const other = createFittingRoom({ apiUrl: "https://fit.example" });
  await leaveTraces(other);
  const before = kept();
  await createFittingRoom().setConsent([]);
  assert.deepEqual(kept(), [...before, "fr.visit"].sort());
});
