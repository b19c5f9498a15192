import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { createFittingRoom } from "../../../clients/js/dist/index.js";
import { Card, Observer, answerBy, browser, eachInABrowser, judge, settled, tracked } from "./browser.mjs";

let client;
let asked;
let now;

afterEach(() => client.close());
eachInABrowser();
beforeEach(() => {
  now = 0;
  mock.method(performance, "now", () => now);
  asked = answerBy(judge());
  client = createFittingRoom();
});

function pass(milliseconds) {
  now += milliseconds;
  mock.timers.tick(milliseconds);
}

async function sent() {
  await settled();
  await client.flush();
  return tracked(asked).flatMap(({ events }) => events).map(({ type, event_id, session_id, occurred_at, ...fields }) => ({ type, ...fields }));
}

/** Cards with a place in a decision, watched. */
async function cards(count, decision = "d1") {
  const made = Array.from({ length: count }, () => new Card());
  const ends = made.map((card, slot) => client.watch(card, { productId: `shirt-${slot}`, decisionId: decision, slot }));
  await settled();
  return { made, ends };
}

test("half a card for a second is an impression; cards that come into sight together are one event", async () => {
  const { made } = await cards(3);
  Observer.show(made[0], 0.6);
  Observer.show(made[1], 1);
  Observer.show(made[2], 0.4);
  pass(999);
  pass(1);
  pass(300);
  assert.deepEqual(await sent(), [{ type: "impression", decision_id: "d1", product_ids: ["shirt-0", "shirt-1"], slots: [0, 1] }]);
});

test("what is scrolled past, or in a tab behind, was not seen", async () => {
  const { made } = await cards(2);
  Observer.show(made[0], 0.6);
  pass(900);
  Observer.show(made[0], 0.1);
  browser.show(false);
  Observer.show(made[1], 1);
  pass(5_000);
  assert.deepEqual(await sent(), []);

  browser.show(true);
  pass(999);
  assert.deepEqual(await sent(), []);
  pass(1);
  pass(300);
  assert.deepEqual((await sent()).map(({ product_ids: ids }) => ids), [["shirt-1"]]);
});

test("a card is reported once for a decision, and again for a newer one", async () => {
  const { made, ends } = await cards(1);
  for (const round of [1, 2]) {
    Observer.show(made[0], round % 2);
    pass(1_000);
    pass(300);
    Observer.show(made[0], 0);
    Observer.show(made[0], 1);
    pass(1_000);
    pass(300);
  }
  ends[0]();
  client.watch(made[0], { productId: "shirt-0", decisionId: "d2", slot: 4 });
  await settled();
  Observer.show(made[0], 1);
  pass(1_000);
  pass(300);
  assert.deepEqual((await sent()).map(({ decision_id: decision, slots }) => [decision, slots]), [["d1", [0]], ["d2", [4]]]);
});

test("a card that is no longer watched is not reported", async () => {
  const { made, ends } = await cards(1);
  Observer.show(made[0], 1);
  ends[0]();
  pass(2_000);
  made[0].fire("pointerenter", { pointerType: "mouse" });
  pass(1_000);
  made[0].fire("pointerleave", { pointerType: "mouse" });
  assert.deepEqual(await sent(), []);
  assert.equal(made[0].count(), 0);
});

test("a card without a decision has no impression", async () => {
  const card = new Card();
  client.watch(card, { productId: "shirt-1" });
  await settled();
  Observer.show(card, 1);
  pass(2_000);
  assert.deepEqual(await sent(), []);
});

test("a mouse that rests on a card is a hover; a finger, or a moment, is none", async () => {
  const { made: [card] } = await cards(1);
  for (const [pointerType, duration] of [["mouse", 399], ["touch", 2_000], ["mouse", 700], ["mouse", 9_000]]) {
    card.fire("pointerenter", { pointerType });
    pass(duration);
    card.fire("pointerleave", { pointerType });
  }
  const place = { type: "hover", product_id: "shirt-0", decision_id: "d1", slot: 0 };
  assert.deepEqual(await sent(), [{ ...place, duration_ms: 700 }, { ...place, duration_ms: 3_000 }]);
});

test("dwell counts only while the product is on screen of a page that is seen", async () => {
  const sheet = new Card();
  client.watchDwell(sheet, "shirt-1", { decisionId: "d1", slot: 2 });
  await settled();
  pass(5_000);
  Observer.show(sheet, 0.7);
  pass(2_000);
  Observer.show(sheet, 0.2);
  pass(5_000);
  Observer.show(sheet, 0.1, 500);
  pass(1_000);
  browser.show(false);
  pass(60_000);
  const look = { type: "dwell", product_id: "shirt-1", decision_id: "d1", slot: 2 };
  assert.deepEqual(await sent(), [{ ...look, duration_ms: 3_000 }]);
});

test("a dwell is a minute at most in one page view, and none below a second", async () => {
  const sheet = new Card();
  const end = client.watchDwell(sheet, "shirt-1");
  await settled();
  Observer.show(sheet, 1);
  pass(900);
  browser.show(false);
  browser.show(true);
  pass(50_000);
  browser.show(false);
  browser.show(true);
  pass(50_000);
  end();
  assert.deepEqual((await sent()).map(({ duration_ms: duration }) => duration), [50_900, 9_100]);
});

test("the last look is told before the page sends its queue for the last time", async () => {
  const sheet = new Card();
  client.watchDwell(sheet, "shirt-1");
  await settled();
  Observer.show(sheet, 1);
  pass(4_000);
  browser.page.fire("pagehide");
  assert.deepEqual(browser.beacons[0].body.events.map(({ type, duration_ms: duration }) => [type, duration]), [["dwell", 4_000]]);
});

test("a dwell has the place of the click that led to the page", async () => {
  const { made: [card] } = await cards(1);
  card.fire("click");
  const sheet = new Card();
  const end = client.watchDwell(sheet, "shirt-0");
  await settled();
  Observer.show(sheet, 1);
  pass(2_000);
  end();
  assert.deepEqual(await sent(), [{ type: "dwell", decision_id: "d1", slot: 0, product_id: "shirt-0", duration_ms: 2_000 }]);
});
