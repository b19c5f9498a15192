import assert from "node:assert/strict";
import { test } from "node:test";

import type { FittingRoom } from "@fitting-room/client";

import { arrivalWords, isOtherUser, logIn, loginTroubleOf } from "../../storefront/src/account/login.ts";
import { nameOf, readShoppers, tokenFor, tokenOf } from "../../storefront/src/account/shoppers.ts";

const problem = (status: number, name: string) => Object.assign(new Error(name), { status, type: `/problems/${name}` });

/** A client whose calls are answered by these, in turn. */
function clientOf(...answers: (object | Error)[]): { client: FittingRoom; asked: string[] } {
  const asked: string[] = [];
  const client = {
    sessionId: "s1",
    flush: async () => void asked.push("flush"),
    login: async (token: string) => void asked.push(`login ${token}`),
    request: async (path: string) => {
      asked.push(path);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { client: client as unknown as FittingRoom, asked };
}

test("a shop that is no demonstration has no sample shoppers", async () => {
  const { signal } = new AbortController();
  assert.deepEqual(await readShoppers(clientOf(problem(404, "not-found")).client, signal), []);
  assert.deepEqual(await readShoppers(clientOf({ names: ["Ada"] }).client, signal), ["Ada"]);
  await assert.rejects(readShoppers(clientOf(problem(503, "store-unavailable")).client, signal));
});

test("a sample shopper is called by the name alone, and everybody else as the shop knows them", () => {
  assert.equal(nameOf("sample:Ada"), "Ada");
  assert.equal(nameOf("ann"), "ann");
  assert.equal(nameOf(null), null);
});

test("only of sample shoppers the page has a token by itself, whatever the shop calls its people", async () => {
  const { client, asked } = clientOf({ user_token: "u2.x" });
  const token = (userId: string | null) => tokenOf({ request: client.request, userId });
  assert.equal(await token(null), null);
  assert.equal(await token("Ada"), null);
  assert.deepEqual(asked, []);
  assert.equal(await token("sample:Ada"), "u2.x");
  assert.deepEqual(asked, ["/v1/sample-shoppers/Ada/token"]);
});

test("names of any kind are asked for by their path, and strangers get no token", async () => {
  const { client, asked } = clientOf({ user_token: "u2.x" });
  assert.equal(await tokenFor(client, "a/b ?"), "u2.x");
  assert.deepEqual(asked, ["/v1/sample-shoppers/a%2Fb%20%3F/token"]);
  assert.equal(await tokenFor(clientOf(problem(404, "not-found")).client, "Ann"), null);
});

test("what was done before a login is sent before it, and the client remembers who it is", async () => {
  const { client, asked } = clientOf({ brought_along: 3 });
  assert.deepEqual(await logIn(client, "Ada", "t"), { name: "Ada", broughtAlong: 3, detail: "" });
  assert.deepEqual(asked, ["flush", "/v1/sessions/s1/login", "login t"]);
});

test("a visit of somebody else is not taken over", async () => {
  const { client, asked } = clientOf(problem(409, "other-user"));
  await assert.rejects(logIn(client, "Ben", "t"), isOtherUser);
  assert.ok(!asked.includes("login t"));
});

test("a session that is lost is left to the client, which begins a fresh one", async () => {
  const { client, asked } = clientOf(problem(401, "session-token"));
  assert.equal((await logIn(client, "Ada", "t")).broughtAlong, null);
  assert.equal(asked.at(-1), "login t");
});

test("words say what came along, and what an expired token is", () => {
  assert.match(arrivalWords({ name: "Ada", broughtAlong: 1, detail: "" }), /One product from your other visits/);
  assert.match(arrivalWords({ name: "Ada", broughtAlong: 0, detail: "" }), /nothing from other visits/);
  assert.match(arrivalWords({ name: "Ada", broughtAlong: 0, detail: "away" }), /log in again/);
  assert.match(loginTroubleOf(problem(401, "user-token")).title, /does not hold/);
  assert.match(loginTroubleOf(problem(0, "network")).title, /cannot be reached/);
});
