import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

import { FRESH_RELEASE_SCRIPT } from "../../storefront/src/shell/freshRelease.ts";

interface Opened {
  /** How the page was come to, as browsers name it. */
  type?: string;
  readyState?: string;
  isAway?: boolean;
}

const GONE = { tagName: "SCRIPT", src: "http://shop.example/_next/static/chunks/gone.js" };

/** How often a page is reloaded that cannot load what is given. */
async function reloads(target: object, { type = "navigate", readyState = "loading", isAway = false }: Opened = {}): Promise<number> {
  let count = 0;
  let hear: (event: { target: object }) => void = () => assert.fail("nobody listens");
  runInNewContext(FRESH_RELEASE_SCRIPT, {
    addEventListener: (name: string, listener: typeof hear, capture: boolean) => {
      assert.deepEqual([name, capture], ["error", true]);
      hear = listener;
    },
    document: { readyState },
    fetch: async () => {
      if (isAway) throw new TypeError("Failed to fetch");
      return { status: 404 };
    },
    location: { reload: () => (count += 1) },
    performance: { getEntriesByType: () => (type ? [{ type }] : []) },
  });
  hear({ target });
  await new Promise(setImmediate);
  return count;
}

test("a page that cannot load a script or style of its own is asked for anew", async () => {
  assert.equal(await reloads(GONE), 1);
  assert.equal(await reloads({ tagName: "LINK", rel: "stylesheet", href: "http://shop.example/_next/static/gone.css" }), 1);
  assert.equal(await reloads(GONE, { type: "back_forward", readyState: "interactive" }), 1);
});

test("but only once, and not where nothing says how it was come to", async () => {
  assert.equal(await reloads(GONE, { type: "reload" }), 0);
  assert.equal(await reloads(GONE, { type: "" }), 0);
});

test("nor for anything else that fails, nor while the shop is away", async () => {
  assert.equal(await reloads({ tagName: "IMG", src: "http://shop.example/_next/static/media/a.png" }), 0);
  assert.equal(await reloads({ tagName: "LINK", rel: "preload", href: "http://shop.example/_next/static/media/a.woff2" }), 0);
  assert.equal(await reloads({ tagName: "SCRIPT", src: "http://other.example/a.js" }), 0);
  for (const other of [{}, { tagName: "SCRIPT", src: "" }]) assert.equal(await reloads(other), 0);
  assert.equal(await reloads(GONE, { isAway: true }), 0);
  assert.equal(await reloads(GONE, { readyState: "complete" }), 0);
});
