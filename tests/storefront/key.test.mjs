import assert from "node:assert/strict";
import { test } from "node:test";
import { openBrowser } from "./browser.mjs";

const KEY = "pk_page00000000_secret";
const { document, page } = openBrowser();
document.querySelector = (selector) => (selector === 'meta[name="fitting-room-key"]' ? { content: KEY } : null);
const beacons = [];
Object.defineProperty(globalThis, "navigator", {
  configurable: true,
  value: { sendBeacon: (path) => beacons.push(path) },
});
const asked = [];
globalThis.fetch = (path, { headers, signal }) => {
  asked.push({ path, headers });
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
};
const { getJson } = await import("../../storefront/api_client.js");
const { startStream } = await import("../../storefront/stream.js");
const { startTracking, track } = await import("../../storefront/tracker.js");

test("every call shows the key that the page carries, a beacon in its address", () => {
  getJson("/v1/categories");
  startStream(() => {}, () => {});
  for (let number = 0; number < 20; number += 1) track("product_view", { product_id: "B4" });
  startTracking();
  page.fire("pagehide");

  const paths = asked.map(({ path }) => path.replace(/[0-9a-f-]{36}/, "SESSION"));
  assert.deepEqual(paths, ["/v1/categories", "/v1/profiles/SESSION/stream", "/v1/track"]);
  assert.deepEqual(asked.map(({ headers }) => headers["x-fitting-room-key"]), [KEY, KEY, KEY]);
  assert.deepEqual(beacons, [`/v1/track?key=${KEY}`]);
});
