import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { openBrowser } from "./browser.mjs";

const { page } = openBrowser();
const { startStream } = await import("../../storefront/stream.js");
const { renewSession, secretOf, sessionId } = await import("../../storefront/visit.js");

const asked = [];

/** Answer the requests in turn; what is asked after them waits for ever. */
function answerBy(...answers) {
  asked.length = 0;
  globalThis.fetch = (path, { headers, signal }) => {
    asked.push({ path, headers });
    const answer = answers[asked.length - 1];
    return answer ? Promise.resolve(answer()) : new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  };
}

function frame(version, session = sessionId()) {
  return `id: ${version}\nevent: profile\ndata: ${JSON.stringify({ version, session_id: session, title: "é" })}\n\n`;
}

/** A stream that comes in pieces and stays open unless it is to end. */
function streamOf(bytes, { size = 7, ends = false } = {}) {
  return new Response(new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      if (ends) controller.close();
    },
  }));
}

const encode = (text) => new TextEncoder().encode(text);

/** The first `count` profiles that the page is given. */
function profiles(count) {
  const shown = [];
  return new Promise((resolve) => {
    startStream((profile) => shown.push(profile) === count && resolve(shown), () => {});
  });
}

afterEach(() => page.fire("pagehide"));

test("a stream shows the visit's secret and yields each profile, whatever its pieces", async () => {
  renewSession(null);
  answerBy(() => streamOf(encode(`: still here\n\n${frame(0)}: still here\n\n${frame(3)}`)));

  const shown = await profiles(2);

  assert.deepEqual(shown.map(({ version, title }) => [version, title]), [[0, "é"], [3, "é"]]);
  assert.equal(asked[0].path, `/v1/profiles/${sessionId()}/stream`);
  assert.equal(asked[0].headers["x-session-secret"], secretOf(sessionId()));
});

test("a stream that ends goes on after what was seen", async () => {
  renewSession(null);
  answerBy(() => streamOf(encode(frame(5)), { ends: true }), () => streamOf(encode(frame(6))));

  await profiles(2);

  assert.equal(asked[1].headers["last-event-id"], "5");
});

test("a fresh visit has a stream of its own and sees nothing of the one before", async () => {
  const before = renewSession("ann");
  let late;
  const body = new ReadableStream({ start: (controller) => { late = controller; } });
  answerBy(() => new Response(body), () => streamOf(encode(frame(9, before) + frame(0))));
  const found = profiles(1);

  renewSession(null);

  const [profile] = await found;
  assert.equal(profile.session_id, sessionId());
  assert.notEqual(sessionId(), before);
  assert.equal(asked[1].path, `/v1/profiles/${sessionId()}/stream`);
  assert.equal(asked[1].headers["last-event-id"], undefined);
  assert.ok(late);
});

test("a session that is no longer ours is left for a fresh one", async () => {
  const before = renewSession(null);
  const refused = () => Response.json({ detail: "begun elsewhere" }, { status: 401 });
  answerBy(refused, refused, () => streamOf(encode(frame(0))));

  const [profile] = await profiles(1);

  assert.notEqual(profile.session_id, before);
});
