import assert from "node:assert/strict";
import { test } from "node:test";

import { USUAL } from "../../storefront/src/choice/agreed.ts";
import { decisionName, momentWords, shareWords } from "../../storefront/src/privacy/decisions.ts";
import { isNotBegun } from "../../storefront/src/privacy/notBegun.ts";
import { afterPause, PURPOSES, withPurpose } from "../../storefront/src/privacy/purposes.ts";
import { fileName, isOver, receiptIn, requestIdsIn, stateWords } from "../../storefront/src/privacy/receipt.ts";

const RECEIPT = { request_id: "6f1d", state: "waiting", asked_at: "2026-11-30T12:00:00Z", sessions: 2, unknown: 0, live_at: null, done_at: null, stores: [] };
const signed = (more: object = {}) => receiptIn(JSON.stringify({ receipt: { ...RECEIPT, ...more }, algorithm: "Ed25519", key_id: "k", public_key: "p", signature: "s" }));

test("a switch changes its own purpose and no other", () => {
  assert.deepEqual(withPurpose(["measure", "learn"], "share", true), ["measure", "learn", "share"]);
  assert.deepEqual(withPurpose(["measure", "learn"], "measure", false), ["learn"]);
  assert.deepEqual(withPurpose(["learn"], "learn", true), ["learn"]);
  assert.equal(new Set(PURPOSES.map(({ purpose }) => purpose)).size, 4);
});

test("a pause is followed by what was agreed to before it", () => {
  assert.deepEqual(afterPause(["share", "measure", "odd"]), ["measure", "share"]);
  for (const stored of [null, [], "measure", ["odd"]]) assert.deepEqual(afterPause(stored), USUAL);
});

test("a receipt is kept to the byte, since these are signed", () => {
  const text = ` {"receipt": ${JSON.stringify(RECEIPT)}, "algorithm":"Ed25519","key_id":"k","public_key":"p","signature":"s"}\n`;
  assert.equal(receiptIn(text).text, text);
  assert.throws(() => receiptIn("{}"));
  assert.throws(() => receiptIn("<html>"));
});

test("a receipt is looked at until nothing that serves has anything left", () => {
  assert.equal(isOver(signed()), false);
  assert.equal(isOver(signed({ state: "live_done" })), true);
  assert.match(stateWords(signed({ waits_for: "redis" }).receipt), /2 visits: being erased now\. It waits for: redis\./);
  assert.match(stateWords(signed({ state: "live_done", sessions: 1 }).receipt), /One visit.*next night/);
  assert.match(stateWords(signed({ state: "done" }).receipt), /everywhere/);
  assert.equal(fileName(signed({ request_id: "../6f" })), "erasure-receipt-6f.json");
});

test("requests that a browser has kept are ids, or none", () => {
  assert.deepEqual(requestIdsIn(["6f1d", 3, "../x", ""]), ["6f1d"]);
  assert.deepEqual(requestIdsIn({}), []);
});

test("decisions have words that say no more than is known", () => {
  assert.equal(decisionName({ kind: "row", strategy: "recently_viewed" }), "What you looked at");
  assert.equal(decisionName({ kind: "row", strategy: "of-tomorrow" }), "A row of a page");
  assert.equal(decisionName({ kind: "rank", strategy: null }), "The order of a list");
  assert.equal(shareWords({ live_weight: 0.86, strategy: null }), "86\u00a0% your visit");
  assert.equal(shareWords({ live_weight: 0, strategy: "recently_viewed" }), "What you did");
  assert.equal(shareWords({ live_weight: 0, strategy: "trending" }), "All shoppers");
  assert.equal(momentWords("never"), "never");
});

test("a visit without any event is no failure", () => {
  assert.ok(isNotBegun({ status: 401, type: "/problems/session-token" }));
  assert.ok(isNotBegun({ status: 403, type: "/problems/foreign-session" }));
  assert.ok(!isNotBegun({ status: 401, type: "/problems/user-token" }));
  assert.ok(!isNotBegun(null));
});
