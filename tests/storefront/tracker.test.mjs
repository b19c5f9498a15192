import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { openBrowser } from "./browser.mjs";

openBrowser();
const { decisionTokenOf, rememberDecision, track } = await import("../../storefront/tracker.js");
const { identify, renewSession, secretOf, sessionId } = await import("../../storefront/visit.js");
const { browserStorage } = await import("../../storefront/storage.js");

const sent = [];

/** Answer requests by `verdict`, of one event; resolves when there have been `count` of them. */
function answerBy(verdict, count, status = 202) {
  sent.length = 0;
  return new Promise((resolve) => {
    globalThis.fetch = async (path, { body }) => {
      const batch = JSON.parse(body);
      sent.push(batch);
      if (sent.length === count) setTimeout(resolve, 0);
      return Response.json({ verdicts: batch.events.map(verdict) }, { status });
    };
  });
}

afterEach(() => browserStorage.write("fr.queue", []));

test("events go with the moment of sending and the visit's secret", async () => {
  const answered = answerBy((event) => ({ event_id: event.event_id, verdict: "accepted" }), 1);
  track("product_view", { product_id: "shirt-1" });
  await answered;

  const [{ sent_at: at, session_secret: secret, events }] = sent;
  assert.ok(Math.abs(Date.now() - at) < 60_000);
  assert.match(secret, /^[\w-]{43}$/);
  assert.equal(events[0].session_id, sessionId());
  assert.deepEqual(browserStorage.read("fr.queue"), []);
});

test("events of another person than the session's begin a fresh session", async () => {
  renewSession(null);
  identify("bob");
  const before = sessionId();
  const answered = answerBy(
    (event) => event.session_id === before
      ? { event_id: event.event_id, verdict: "rejected", code: "other_user", detail: "begin a new session" }
      : { event_id: event.event_id, verdict: "accepted" },
    2,
  );
  track("product_view", { product_id: "shirt-1" });
  await answered;

  const [[first], [second]] = sent.map((batch) => batch.events);
  assert.equal(first.event_id, second.event_id);
  assert.notEqual(second.session_id, before);
  assert.equal(second.session_id, sessionId());
  assert.equal(second.user_id, "bob");
});

test("a request has the events of one session, with the secret of it", async () => {
  const accept = (event) => ({ event_id: event.event_id, verdict: "accepted" });
  renewSession("ann");
  const [before, secret] = [sessionId(), secretOf(sessionId())];
  const answered = answerBy(accept, 2);
  track("product_view", { product_id: "shirt-1" });
  identify(null);
  track("product_view", { product_id: "shirt-2" });
  await answered;

  assert.deepEqual(
    sent.map((batch) => [batch.session_secret, batch.events.map((event) => event.session_id)]),
    [[secret, [before]], [secretOf(sessionId()), [sessionId()]]],
  );
});

test("only the events of a session that was refused move to a fresh one", async () => {
  renewSession(null);
  const lost = sessionId();
  const kept = { event_id: "kept", session_id: "another", type: "product_view" };
  const answered = new Promise((resolve) => {
    globalThis.fetch = async (path, { body }) => {
      sent.push(JSON.parse(body));
      setTimeout(resolve, 0);
      return Response.json({}, { status: 401 });
    };
  });
  track("product_view", { product_id: "shirt-1" });
  browserStorage.write("fr.queue", [...browserStorage.read("fr.queue"), kept]);
  await answered;

  const sessions = browserStorage.read("fr.queue").map((event) => event.session_id);
  assert.deepEqual(sessions, [sessionId(), "another"]);
  assert.notEqual(sessionId(), lost);
});

for (const spoiled of [{}, 7, "text", true]) {
  test(`what storage holds in another shape counts as nothing: ${JSON.stringify(spoiled)}`, async () => {
    browserStorage.write("fr.queue", spoiled);
    browserStorage.write("fr.visit", { id: spoiled, begun: Date.now() });
    browserStorage.write("fr.decisions", spoiled);
    const answered = answerBy((event) => ({ event_id: event.event_id, verdict: "accepted" }), 1);
    track("product_view", { product_id: "shirt-1" });
    await answered;

    assert.match(sent[0].events[0].session_id, /^[0-9a-f-]{36}$/);
  });
}

test("tokens of rows go with the events of their visit, as many as a request has room for", async () => {
  const visit = renewSession(null);
  const tokens = Array.from({ length: 30 }, (_, row) => `row.decision-${row}.${"x".repeat(3_000)}`);
  for (const token of tokens) rememberDecision({ session_id: visit, decision_token: token });
  rememberDecision({ session_id: visit, decision_token: undefined });
  const answered = answerBy((event) => ({ event_id: event.event_id, verdict: "accepted" }), 1);
  track("product_view", { product_id: "shirt-1" });
  await answered;

  assert.deepEqual(sent[0].decision_token, tokens.slice(-13));
  assert.ok(JSON.stringify(sent[0]).length < 64 * 1024);
  assert.equal(decisionTokenOf("decision-29"), tokens[29]);
  assert.equal(decisionTokenOf("decision-2"), undefined);
});
