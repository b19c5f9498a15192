/** A server that asks for patience has it, of the stream and of what stands in for it. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { createFittingRoom } from "../../../clients/js/dist/index.js";
import { answerBy, browser, eachInABrowser, problem, settled } from "./browser.mjs";

const MINUTE_MS = 60_000;
let client;
let shown;

afterEach(() => client.close());
eachInABrowser();
beforeEach(() => {
  mock.method(Math, "random", () => 0);
  client = createFittingRoom();
  shown = [];
});

const isStream = ({ url }) => url.endsWith("/stream");

/** A stream of one profile that stays open; whoever asks without one hears that nothing is new. */
function fine({ url, signal }) {
  if (!url.endsWith("/stream")) return new Response(null, { status: 304 });
  return new Response(new ReadableStream({
    start(controller) {
      const profile = JSON.stringify({ version: 1, session_id: client.sessionId });
      controller.enqueue(new TextEncoder().encode(`id: 1\nevent: profile\ndata: ${profile}\n\n`));
      signal.addEventListener("abort", () => controller.error(signal.reason));
    },
  }));
}

function follow() {
  return client.subscribe(({ version }) => shown.push(version));
}

/** In steps, so that what waits anew is passed as well. */
async function pass(milliseconds) {
  for (let left = milliseconds; left > 0; left -= 5_000) {
    mock.timers.tick(Math.min(left, 5_000));
    await settled(60);
  }
}

for (const [status, slug] of [[429, "key-limit"], [503, "busy-streams"]]) {
  test(`after a ${status} nothing is asked before the time that the answer names`, async () => {
    const refused = problem(status, slug, { "retry-after": "120" });
    const asked = answerBy(refused, fine);
    follow();
    await settled(60);
    await pass(2 * MINUTE_MS - 1);
    assert.equal(asked.length, 1);
    await pass(6_000);
    assert.deepEqual(shown, [1]);
  });
}

test("a refusal of what stands in for the stream is heeded as well", async () => {
  const refused = problem(503, "busy");
  const asked = answerBy(refused, problem(429, "key-limit", { "retry-after": "90" }), fine);
  follow();
  await settled(60);
  assert.deepEqual(asked.map(isStream), [true, false]);
  await pass(90_000 - 1);
  assert.equal(asked.length, 2);
  await pass(6_000);
  assert.deepEqual(shown, [1]);
});

test("it holds too when a tab comes back or the network does", async () => {
  const asked = answerBy(problem(429, "key-limit", { "retry-after": "120" }), fine);
  follow();
  await settled(60);
  browser.show(false);
  await pass(MINUTE_MS);
  browser.show(true);
  browser.page.fire("online");
  browser.page.fire("pageshow", { persisted: true });
  await settled(60);
  assert.equal(asked.filter(isStream).length, 1);
  await pass(MINUTE_MS + 6_000);
  assert.deepEqual(shown, [1]);
});

test("nobody is patient for longer than ten minutes, whatever is asked for and whatever clocks do", async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const now = mock.method(Date, "now", () => 9_000 * MINUTE_MS);
  const asked = answerBy(problem(503, "busy", { "retry-after": "1000000" }), fine);
  follow();
  await settled(60);
  now.mock.mockImplementation(() => 8_000 * MINUTE_MS);
  await pass(10 * MINUTE_MS - 1);
  assert.equal(asked.length, 1);
  await pass(6_000);
  assert.deepEqual(shown, [1]);
});

test("who leaves meanwhile asks no more", async () => {
  const asked = answerBy(problem(503, "busy", { "retry-after": "60" }), fine);
  const end = follow();
  await settled(60);
  end();
  await settled();
  await pass(2 * MINUTE_MS);
  assert.equal(asked.length, 1);
});
