import assert from "node:assert/strict";
import { test } from "node:test";
import { openBrowser } from "./browser.mjs";

const browser = openBrowser();
const { whenVisible } = await import("../../storefront/visible.js");
const { Stopwatch } = await import("../../storefront/stopwatch.js");

test("a page that is seen acts at once", () => {
  let acted = 0;
  whenVisible(() => (acted += 1));
  assert.equal(acted, 1);
});

test("a page made ahead acts when it is turned to, once", () => {
  let acted = 0;
  browser.document.prerendering = true;
  whenVisible(() => (acted += 1));
  browser.document.fire("visibilitychange");
  assert.equal(acted, 0);

  browser.document.prerendering = false;
  browser.document.fire("prerenderingchange");
  browser.document.fire("visibilitychange");
  assert.equal(acted, 1);
});

test("a page in a tab behind acts when its tab comes to the front", () => {
  let acted = 0;
  browser.show(false);
  whenVisible(() => (acted += 1));
  assert.equal(acted, 0);

  browser.show(true);
  assert.equal(acted, 1);
});

test("a stopwatch adds up what is on and forgets what is too short", () => {
  let now = 0;
  const watch = new Stopwatch(() => now);
  watch.run(true);
  now = 600;
  watch.run(false);
  now = 5_000;
  watch.run(true);
  watch.run(true);
  now = 5_300;

  assert.equal(watch.take(1_000), 0);
  now = 5_500;
  assert.equal(watch.take(1_000), 1_100);
  now = 5_600;
  assert.equal(watch.take(0), 100);
});
