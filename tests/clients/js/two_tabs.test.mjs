/** Two tabs, or two clients of a page, with one storage: whatever one does meanwhile, both go on in the same visit. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { createFittingRoom } from "../../../clients/js/dist/index.js";
import { answerBy, browser, eachInABrowser, problem, settled } from "./browser.mjs";

const HOUR_MS = 3_600_000;
let here;
let there;

eachInABrowser();
beforeEach(() => {
  [here, there] = [createFittingRoom(), createFittingRoom()];
});

/** As browsers tell it, which tell nothing to the tab that has written. */
function tell() {
  browser.page.fire("storage", { key: "fr.visit" });
}

const sessionOf = ({ url }) => url.split("/")[3];
const logins = (asked) => asked.filter(({ url }) => url.endsWith("/login")).map(sessionOf);
const people = () => [here, there].map(({ userId }) => userId);

/** Logins are answered when a test says so. */
function answerLogins(answer = ({ body }) => Response.json({ user_id: body.user_token })) {
  const waiting = [];
  const asked = answerBy((call) => (call.url.endsWith("/login")
    ? new Promise((resolve) => waiting.push(() => resolve(answer(call)))) : new Response(null, { status: 204 })));
  return { asked, next: async () => {
    waiting.shift()();
    await settled();
  } };
}

test("a login is of the visit that another tab has begun meanwhile", async () => {
  const { asked, next } = answerLogins();
  const first = here.sessionId;
  const login = here.login("ann");
  await settled();
  await there.logout();
  tell();
  await next();
  assert.equal(here.userId, null, "the fresh visit is nobody's before it is told of");
  await next();
  await login;
  assert.notEqual(there.sessionId, first);
  assert.deepEqual(logins(asked), [first, there.sessionId]);
  assert.deepEqual([here.sessionId, people()], [there.sessionId, ["ann", "ann"]]);
});

test("a login is of the visit that begins because 48 hours pass meanwhile", async () => {
  const { asked, next } = answerLogins();
  const first = here.sessionId;
  mock.timers.setTime(Date.now() + 48 * HOUR_MS - 1);
  const login = here.login("ann");
  await settled();
  mock.timers.setTime(Date.now() + HOUR_MS);
  const fresh = there.sessionId;
  await next();
  await next();
  await login;
  assert.deepEqual(logins(asked), [first, fresh]);
  assert.deepEqual([here.sessionId, there.sessionId, people()], [fresh, fresh, ["ann", "ann"]]);
});

test("a visit of another person is left once, though two tabs log in", async () => {
  const first = here.sessionId;
  const { asked, next } = answerLogins((call) => (sessionOf(call) === first ? problem(409, "other-user")() : Response.json({ user_id: call.body.user_token })));
  const both = [here.login("bob"), there.login("bob")];
  await settled();
  for (let round = 0; round < 4; round += 1) await next();
  await Promise.all(both);
  assert.equal(new Set(logins(asked)).size, 2);
  assert.notEqual(here.sessionId, first);
  assert.deepEqual([here.sessionId, people()], [there.sessionId, ["bob", "bob"]]);
});

test("a login that is refused makes no visit anybody's, whatever the other tab does", async () => {
  const { next } = answerLogins(problem(403, "user-token"));
  const login = here.login("mallory").catch(({ status }) => status);
  await settled();
  await there.logout();
  tell();
  await next();
  assert.equal(await login, 403);
  assert.deepEqual(people(), [null, null]);
});

test("two clients of a page hear of each other's sessions, which browsers tell to other tabs only", async () => {
  answerBy(() => new Response(null, { status: 204 }));
  const heard = [];
  here.onSession((session) => heard.push(["here", session]));
  there.onSession((session) => heard.push(["there", session]));
  await there.logout();
  await here.logout();
  const [first, second] = [heard[0][1], here.sessionId];
  assert.notEqual(first, second);
  assert.deepEqual(heard.map(([who, session]) => `${who} ${session}`).sort(), ["here", "there"].flatMap((who) => [`${who} ${first}`, `${who} ${second}`]).sort());
});
