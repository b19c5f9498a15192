import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { createFittingRoom } from "../../../clients/js/dist/index.js";
import { answerBy, away, browser, eachInABrowser, hang, problem, settled } from "./browser.mjs";

let client;
let shown;
let states;

afterEach(() => client.close());
eachInABrowser();
beforeEach(() => {
  client = createFittingRoom();
  [shown, states] = [[], []];
});

const encode = (text) => new TextEncoder().encode(text);

function profileOf(version, session = client.sessionId) {
  return { version, session_id: session, title: "é" };
}

function frame(version, session) {
  return `id: ${version}\nevent: profile\ndata: ${JSON.stringify(profileOf(version, session))}\n\n`;
}

/** A stream that comes in pieces and stays open unless it is to end. */
function streamOf(text, { size = 7, ends = false } = {}) {
  return ({ signal }) => new Response(new ReadableStream({
    start(controller) {
      const bytes = encode(text);
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      if (ends) controller.close();
      signal.addEventListener("abort", () => controller.error(signal.reason));
    },
  }));
}

function polled(version) {
  return () => Response.json(profileOf(version), { headers: { etag: `"${version}"` } });
}

/** Streams and other calls are answered apart, each in turn. */
function answerApart(streams, others = [away]) {
  const counts = { stream: 0, other: 0 };
  return answerBy((call) => {
    const [list, kind] = call.url.endsWith("/stream") ? [streams, "stream"] : [others, "other"];
    const answer = list[Math.min(counts[kind], list.length - 1)];
    counts[kind] += 1;
    return answer(call);
  });
}

function follow() {
  return client.subscribe((profile) => shown.push(profile.version), (state) => states.push(state));
}

async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  await settled(60);
}

function streamsIn(asked) {
  return asked.filter(({ url }) => url.endsWith("/stream"));
}

test("a stream shows the visit's secret and yields each profile, whatever its pieces", async () => {
  const asked = answerApart([streamOf(`: still here\n\n${frame(0)}: still here\n\n${frame(3)}`)]);
  follow();
  await settled(60);
  assert.deepEqual(shown, [0, 3]);
  assert.equal(asked[0].url, `/v1/profiles/${client.sessionId}/stream`);
  assert.match(asked[0].headers["x-session-secret"], /^[\w-]{22,}$/);
  assert.deepEqual(states, ["connecting", "live"]);
});

test("lines may end as on other systems", async () => {
  answerApart([streamOf(frame(4).replaceAll("\n", "\r\n"))]);
  follow();
  await settled(60);
  assert.deepEqual(shown, [4]);
});

test("a stream that ends goes on after what was seen", async () => {
  const asked = answerApart([streamOf(frame(5), { ends: true }), streamOf(frame(6))]);
  follow();
  await settled(60);
  await pass(1_300);
  assert.deepEqual(shown, [5, 6]);
  assert.equal(streamsIn(asked)[1].headers["last-event-id"], "5");
  assert.deepEqual(states, ["connecting", "live", "connecting", "live"]);
});

test("one stream is for all listeners; who comes later is told at once, and the last one ends it", async () => {
  const asked = answerApart([streamOf(frame(2))]);
  const end = follow();
  await settled(60);
  const later = [];
  const other = client.subscribe((profile) => later.push(profile.version));
  await settled();
  assert.deepEqual([later, asked.length], [[2], 1]);
  end();
  await settled();
  assert.equal(asked[0].signal.aborted, false);
  other();
  await settled();
  assert.equal(asked[0].signal.aborted, true);
});

test("who subscribes again at once has the same stream", async () => {
  const asked = answerApart([hang]);
  follow()();
  follow();
  await settled();
  assert.equal(asked.length, 1);
});

test("a listener that ends before anything came hears nothing", async () => {
  const asked = answerApart([streamOf(frame(2))]);
  follow()();
  await settled(60);
  assert.deepEqual([shown, asked.length], [[], 0]);
});

test("a fresh visit has a stream of its own and sees nothing of the one before", async () => {
  const before = client.sessionId;
  const asked = answerApart([hang, (call) => streamOf(frame(9, before) + frame(0))(call)], [() => Response.json({})]);
  follow();
  await settled();
  await client.logout();
  await settled(60);
  assert.deepEqual(shown, [0]);
  assert.notEqual(client.sessionId, before);
  assert.equal(asked[0].signal.aborted, true);
  assert.equal(streamsIn(asked)[1].url, `/v1/profiles/${client.sessionId}/stream`);
  assert.equal(streamsIn(asked)[1].headers["last-event-id"], undefined);
});

test("a session that is no longer ours is left for a fresh one", async () => {
  const before = client.sessionId;
  const asked = answerBy((call) => (call.url.includes(before) ? problem(401, "session-token")()
    : call.url.endsWith("/stream") ? streamOf(frame(0))(call) : polled(0)()));
  follow();
  await settled(60);
  assert.notEqual(client.sessionId, before);
  assert.ok(shown.length > 0);
  assert.ok(asked.length < 8);
});

test("after three failures the page asks from time to time, and then has its stream again", async () => {
  const failed = problem(503, "busy-streams");
  const asked = answerApart([failed, failed, failed, streamOf(frame(8))], [
    polled(1), polled(1), polled(2), () => new Response(null, { status: 304 }),
  ]);
  follow();
  await settled(60);
  await pass(1_300);
  await pass(2_500);
  assert.equal(states.at(-1), "polling");
  assert.deepEqual(shown, [1, 1, 2]);
  assert.equal(streamsIn(asked).length, 3);
  for (let round = 0; round < 12; round += 1) await pass(6_000);
  assert.equal(streamsIn(asked).length, 4);
  assert.deepEqual([states.at(-1), shown.at(-1)], ["live", 8]);
  assert.equal(asked.at(-2).headers["if-none-match"], '"2"');
});

test("a page whose API is away says so, asks ever more seldom, and comes back by itself", async () => {
  const asked = answerApart([away]);
  follow();
  await settled(60);
  for (let round = 0; round < 10; round += 1) await pass(3_000);
  assert.equal(states.at(-1), "offline");
  const before = asked.length;
  for (let round = 0; round < 10; round += 1) await pass(3_000);
  assert.ok(asked.length - before <= 3, `${asked.length - before} requests in half a minute`);

  answerApart([streamOf(frame(3))], [polled(3)]);
  for (let round = 0; round < 140 && states.at(-1) !== "live"; round += 1) await pass(3_000);
  assert.equal(states.at(-1), "live");
});

test("a network that is back is used at once", async () => {
  answerApart([away]);
  follow();
  await settled(60);
  answerApart([streamOf(frame(3))]);
  browser.page.fire("online");
  await settled(60);
  assert.deepEqual(shown, [3]);
});

test("a stream without a sign of life is dead", async () => {
  const asked = answerApart([streamOf(frame(1))]);
  follow();
  await settled(60);
  await pass(61_000);
  await pass(1_300);
  assert.equal(streamsIn(asked).length, 2);
});

test("what is no profile ends no page", async () => {
  const odd = "id: 1\nevent: profile\ndata: {\n\n";
  answerApart([streamOf(odd), streamOf(frame(2))], [polled(1)]);
  follow();
  await settled(60);
  await pass(1_300);
  assert.deepEqual(shown, [1, 2]);
});

test("a closed client says that it has ended", async () => {
  answerApart([streamOf(frame(2))]);
  follow();
  await settled(60);
  client.close();
  await settled();
  assert.equal(states.at(-1), "ended");
});
