/** The parts that come later may fail to come: they are tried again while somebody waits for them. */

import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { beforeEach, mock, test } from "node:test";
import { createFittingRoom } from "../../../clients/js/dist/index.js";
import { Card, Observer, answerBy, browser, eachInABrowser, hang, judge, settled, tracked } from "./browser.mjs";

const MINUTE_MS = 60_000;
let isAway;
let tries;
let number = 0;
const failed = new Set();

// As in browsers of before 2026 an address that has failed is never asked again; each test has one of its own.
registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.includes("live.js")) return next(specifier, context);
    const { href } = new URL(specifier, context.parentURL);
    return { url: href.includes("?") ? href : `${href}?${number}`, shortCircuit: true };
  },
  load(url, context, next) {
    if (!url.includes("live.js")) return next(url, context);
    tries += 1;
    if (isAway) failed.add(url);
    if (failed.has(url)) throw new TypeError(`Failed to fetch dynamically imported module: ${url}`);
    return next(url, context);
  },
});

eachInABrowser();
beforeEach(() => {
  [isAway, tries, number] = [true, 0, number + 1];
});

async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  await settled(60);
}

const streamsIn = (asked) => asked.filter(({ url }) => url.endsWith("/stream"));

test("what waits begins by itself once the parts can be had, and they are tried ever more rarely", async () => {
  const asked = answerBy((call) => (call.url.endsWith("/stream") ? hang : judge())(call));
  const client = createFittingRoom();
  const card = new Card();
  client.subscribe(() => {});
  client.watch(card, { productId: "shirt-1", decisionId: "d", slot: 0 });
  await settled(60);
  assert.equal(tries, 1);
  for (let minute = 0; minute < 5; minute += 1) await pass(MINUTE_MS);
  assert.ok(tries > 3 && tries < 9, `${tries} tries`);

  isAway = false;
  await pass(MINUTE_MS);
  assert.equal(streamsIn(asked).length, 1);
  Observer.show(card, 1);
  await pass(1_000);
  await pass(300);
  await client.flush();
  assert.deepEqual(tracked(asked).flatMap(({ events }) => events.map(({ type }) => type)), ["impression"]);
  assert.equal(console.warn.mock.callCount(), 1);
  client.close();
  await settled();
});

for (const [name, comeBack] of [
  ["the network is there again", () => browser.page.fire("online")],
  ["another call needs them", (client) => client.watch(new Card(), { productId: "shirt-2" })],
  ["the page is back", () => browser.page.fire("pageshow", { persisted: true })],
]) {
  test(`they are tried at once when ${name}`, async () => {
    const asked = answerBy(hang);
    const client = createFittingRoom();
    client.subscribe(() => {});
    await settled(60);
    isAway = false;
    comeBack(client);
    await settled(60);
    assert.equal(streamsIn(asked).length, 1);
    await pass(MINUTE_MS);
    assert.equal(streamsIn(asked).length, 1);
    client.close();
    await settled();
  });
}

for (const [name, leave] of [["everybody has left", (_, end) => end()], ["the client is closed", (client) => client.close()]]) {
  test(`where ${name} they are tried no more, and again with the next use`, async () => {
    const asked = answerBy(hang);
    const client = createFittingRoom();
    const end = client.subscribe(() => {});
    await settled(60);
    const before = tries;
    leave(client, end);
    await pass(MINUTE_MS);
    browser.page.fire("online");
    await pass(MINUTE_MS);
    assert.equal(tries, before);

    isAway = false;
    client.subscribe(() => {});
    await settled(60);
    assert.equal(streamsIn(asked).length, 1);
    client.close();
    await settled();
  });
}
