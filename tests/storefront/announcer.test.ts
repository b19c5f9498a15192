import assert from "node:assert/strict";
import { test } from "node:test";

import { type Announcement, announce, onAnnouncement, withNewest } from "../../storefront/src/shell/announcer.ts";

test("announcements of one moment are all said, also the same words twice, and no crowd of them", () => {
  let said: readonly Announcement[] = [];
  const end = onAnnouncement((newest) => {
    said = withNewest(said, newest);
  });
  for (const text of ["first", "same", "same"]) announce(text);
  assert.deepEqual(said.map(({ text }) => text), ["first", "same", "same"]);
  assert.equal(new Set(said.map(({ number }) => number)).size, 3);
  for (let times = 0; times < 20; times += 1) announce("more");
  assert.equal(said.length, 4);
  end();
  announce("unheard");
  assert.equal(said.at(-1)?.text, "more");
});
