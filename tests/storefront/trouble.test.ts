import assert from "node:assert/strict";
import test from "node:test";

import { isMissing, troubleOf } from "../../storefront/src/notices/trouble.ts";

const problem = (status: number, type = "") => ({ status, type: `/problems/${type}` });
const KNOWN: readonly (readonly [string, unknown, boolean])[] = [
  ["no network", new TypeError("Failed to fetch"), true],
  ["nothing there", problem(404, "not-found"), false],
  ["a wrong key", problem(401, "unknown-key"), false],
  ["an ended visit", problem(401, "session-token"), true],
  ["another's visit", problem(403, "foreign-session"), true],
  ["too many requests", problem(429, "rate"), true],
  ["before the first night", problem(503, "no-generation"), true],
  ["a fault of ours", problem(500, ""), true],
];

for (const [name, error, again] of KNOWN) {
  test(`${name} has words of its own, and says whether to try again`, () => {
    const said = troubleOf(error);
    assert.equal(said.again, again);
    assert.ok(said.title.length > 5 && said.words.length > 20);
    assert.doesNotMatch(said.title + said.words, /\d{3}|undefined|TypeError|problems/);
  });
}

test("no two troubles share their title", () => {
  const titles = KNOWN.map(([, error]) => troubleOf(error).title);
  assert.equal(new Set(titles).size, titles.length - 1, "only the two ways to lose a visit are one to a person");
});

test("missing is only what is not there", () => {
  assert.ok(isMissing(problem(404)));
  assert.ok(!isMissing(problem(0)) && !isMissing(undefined));
});
