import assert from "node:assert/strict";
import { test } from "node:test";
import { openBrowser } from "./browser.mjs";

openBrowser();
const { identify, identity, renewSession, sessionId } = await import("../../storefront/visit.js");

/** Every pair of who was there and who is now, and whether the visit goes on. */
const PAIRS = [
  [null, null, true],
  [null, "ann", true],
  [null, "bob", true],
  ["ann", null, false],
  ["ann", "ann", true],
  ["ann", "bob", false],
  ["bob", null, false],
  ["bob", "ann", false],
  ["bob", "bob", true],
];

for (const [before, now, goesOn] of PAIRS) {
  test(`from ${before} to ${now} the visit ${goesOn ? "goes on" : "is a fresh one"}`, () => {
    renewSession(null);
    identify(before);
    const visit = sessionId();

    identify(now);

    assert.equal(sessionId() === visit, goesOn);
    assert.deepEqual(identity(), now === null ? {} : { user_id: now });
  });
}

test("a session that the service refuses is replaced by one of the same user", () => {
  identify("ann");
  const visit = sessionId();

  renewSession();

  assert.notEqual(sessionId(), visit);
  assert.deepEqual(identity(), { user_id: "ann" });
});
