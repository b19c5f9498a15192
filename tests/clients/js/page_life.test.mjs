import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createFittingRoom } from "../../../clients/js/dist/index.js";
import { answerBy, browser, eachInABrowser, hang, judge, settled, tracked } from "./browser.mjs";

eachInABrowser();

test("a page made ahead sends nothing before it is turned to, and then what happens then", async () => {
  browser.document.prerendering = true;
  const asked = answerBy(judge());
  const client = createFittingRoom();
  for (let number = 0; number < 12; number += 1) client.track("product_view", { product_id: `shirt-${number}` });
  const end = client.subscribe(() => {});
  await client.flush();
  mock.timers.tick(30_000);
  browser.page.fire("pagehide");
  await settled();
  assert.deepEqual([asked.length, browser.beacons.length, client.queued], [0, 0, 12]);

  browser.document.prerendering = false;
  browser.document.fire("prerenderingchange");
  await settled();
  const events = tracked(asked).flatMap((batch) => batch.events);
  assert.deepEqual([events.length, client.queued], [12, 0]);
  assert.equal(events[0].occurred_at, Date.now());
  assert.ok(asked.some(({ url }) => url.endsWith("/stream")));
  end();
});

test("a page that comes back from the browser's memory has a stream again", async () => {
  const asked = answerBy(hang);
  const end = createFittingRoom().subscribe(() => {});
  await settled();
  assert.equal(asked.length, 1);
  browser.page.fire("pagehide", { persisted: true });
  assert.equal(asked[0].signal.aborted, true);
  browser.page.fire("pageshow", { persisted: true });
  await settled();
  assert.equal(asked.length, 2);
  browser.page.fire("pageshow", { persisted: false });
  await settled();
  assert.equal(asked.length, 2);
  end();
});

test("a page that is left sends what waits once, though it is hidden as well", async () => {
  const asked = answerBy(judge());
  const client = createFittingRoom();
  client.track("product_view", { product_id: "shirt-1" });
  browser.page.fire("pagehide", { persisted: true });
  browser.show(false);
  await settled();
  assert.deepEqual([browser.beacons.length, asked.length], [1, 0]);
  browser.show(true);
  browser.page.fire("pageshow", { persisted: true });
  await settled();
  assert.deepEqual([tracked(asked).length, client.queued], [1, 0]);
});

test("events of a page that was left go on when it comes back", async () => {
  const asked = answerBy(judge());
  const client = createFittingRoom();
  browser.page.fire("pagehide", { persisted: true });
  client.track("product_view", { product_id: "shirt-1" });
  browser.page.fire("pageshow", { persisted: true });
  mock.timers.tick(2_000);
  await settled();
  assert.equal(tracked(asked).length, 1);
});

test("a tab behind gives its connection back, and has one again when it comes to the front", async () => {
  const asked = answerBy(hang);
  const client = createFittingRoom();
  browser.show(false);
  const end = client.subscribe(() => {});
  await settled();
  assert.equal(asked.length, 0);
  browser.show(true);
  await settled();
  assert.equal(asked.length, 1);
  browser.show(false);
  mock.timers.tick(29_000);
  assert.equal(asked[0].signal.aborted, false);
  mock.timers.tick(1_000);
  assert.equal(asked[0].signal.aborted, true);
  browser.show(true);
  await settled();
  assert.equal(asked.length, 2);
  end();
});

for (const [choice, count] of [[["measure"], 1], [[], 0]]) {
  test(`a page that waited for a choice in the browser's memory goes by the one made meanwhile: ${choice.join() || "none"}`, async () => {
    const asked = answerBy(judge());
    const client = createFittingRoom({ consent: "wait" });
    client.track("product_view", { product_id: "shirt-1" });
    browser.page.fire("pagehide", { persisted: true });
    const chosen = { id: crypto.randomUUID(), secret: "s".repeat(40), begun: Date.now(), user: null, former: [], consent: choice };
    browser.storage.setItem("fr.visit", JSON.stringify(chosen));
    browser.page.fire("pageshow", { persisted: true });
    mock.timers.tick(2_000);
    await settled();
    assert.deepEqual([tracked(asked).length, client.queued, client.sessionId], [count, 0, chosen.id]);
  });
}
