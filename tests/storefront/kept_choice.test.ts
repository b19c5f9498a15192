import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { clearAll, get, put } from "./kept_storage.ts";
import { carriedTo, CHOICE_KEY, holdChoice, inForce, isPaused, isUntold, keepChoice, onChoice, readChoice, VISIT_KEY } from "../../storefront/src/choice/keptChoice.ts";
import { openTeller } from "../../storefront/src/choice/tellChoice.ts";
import { Kept } from "../../storefront/src/storage/kept.ts";

type Purposes = readonly string[];
const USUAL = ["measure", "personalize", "learn"] as const;

/** A shop that keeps what it is told; `fail` is thrown as long as it is set. */
class Shop {
  sessionId = "s1";
  fail: unknown = null;
  usual: Purposes = USUAL;
  readonly told: [string, Purposes][] = [];
  meanwhile = () => {};
  async request(): Promise<any> {
    if (this.fail) throw this.fail;
    return { consent: this.usual };
  }
  async setConsent(consent: Purposes): Promise<any> {
    this.meanwhile();
    if (this.fail) throw this.fail;
    this.told.push([this.sessionId, consent]);
    return { consent, session_id: this.sessionId };
  }
}

function open(shop: Shop) {
  const waits: { act: () => void; milliseconds: number }[] = [];
  const teller = openTeller(shop as never, (act, milliseconds) => waits.push({ act, milliseconds }));
  return { teller, waits };
}
const choose = (purposes: Purposes, session = "s1", isTold = false) => keepChoice({ purposes: purposes as never, session, isTold });
/** Whatever has begun has ended. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(clearAll);

test("a choice is told as it was made, once", async () => {
  const shop = new Shop();
  choose(["measure", "share"]);
  const { teller } = open(shop);
  assert.equal(await teller.tell(), null);
  assert.equal(await teller.tell(), null);
  assert.deepEqual(shop.told, [["s1", ["measure", "share"]]]);
  assert.equal(isUntold(readChoice(), "s1"), false);
});

test("nothing is told where nothing was chosen", async () => {
  const shop = new Shop();
  assert.equal(await open(shop).teller.tell(), null);
  assert.deepEqual(shop.told, []);
});

test("of a fresh session the shop hears what was refused, and no grant", async () => {
  const shop = new Shop();
  choose(["measure", "share"], "s0", true);
  await open(shop).teller.tell();
  assert.deepEqual(shop.told, [["s1", ["measure"]]]);
  shop.sessionId = "s2";
  await open(shop).teller.tell();
  assert.deepEqual(shop.told[1], ["s2", ["measure"]]);
});

test("a pause stays a pause in the session after it", async () => {
  const shop = new Shop();
  choose([], "s0", true);
  assert.equal(isPaused(), true);
  await open(shop).teller.tell();
  assert.deepEqual(shop.told, [["s1", []]]);
  assert.deepEqual(inForce(readChoice(), "s1", USUAL), USUAL, "once it is told, what the shop says counts");
});

test("where the shop is away it is told again, in growing pauses that end", async () => {
  const shop = new Shop();
  shop.fail = { status: 0 };
  choose([]);
  const { teller, waits } = open(shop);
  assert.equal(await teller.tell(), shop.fail);
  for (let round = 0; round < waits.length; round += 1) {
    waits[round]!.act();
    await settle();
  }
  const pauses = waits.map(({ milliseconds }) => milliseconds);
  assert.equal(pauses.length, 9);
  assert.deepEqual(pauses, [...pauses].sort((one, other) => one - other));
  assert.deepEqual(inForce(readChoice(), "s1", USUAL), [], "the choice counts here meanwhile");

  shop.fail = null;
  assert.equal(await teller.tell(), null);
  assert.deepEqual(shop.told, [["s1", []]]);
});

test("a pause that the shop asks for is kept", async () => {
  const shop = new Shop();
  shop.fail = { status: 429, retryAfter: 30 };
  choose([]);
  const { teller, waits } = open(shop);
  await teller.tell();
  assert.equal(waits[0]!.milliseconds, 30_000);
  shop.fail = null;
  waits[0]!.act();
  await settle();
  assert.deepEqual(shop.told, [["s1", []]]);
});

test("of two choices the newer is the last that the shop hears", async () => {
  const shop = new Shop();
  choose(["measure"]);
  shop.meanwhile = () => {
    shop.meanwhile = () => {};
    // Another tab, which has told it already.
    choose([], "s1", true);
  };
  await open(shop).teller.tell();
  assert.deepEqual(shop.told.at(-1), ["s1", []]);
  assert.deepEqual(readChoice(), { purposes: [], session: "s1", isTold: true });
});

test("events of a fresh session say no more than carries over, before any is sent", () => {
  put(VISIT_KEY, { id: "s1", secret: "x", former: [], consent: ["measure", "share"] });
  choose(["measure", "share"], "s0", true);
  holdChoice("s1");
  assert.deepEqual(get(VISIT_KEY), { id: "s1", secret: "x", former: [], consent: ["measure"] });
  put(VISIT_KEY, { id: "s2", secret: "x", former: [] });
  holdChoice("s1");
  assert.equal(get(VISIT_KEY).consent, undefined, "another tab has begun yet another one");
});

test("a session that is lost on the way is replaced, and its events say what was told", async () => {
  const shop = new Shop();
  choose(["measure", "share"]);
  shop.meanwhile = () => {
    shop.sessionId = "s2";
    put(VISIT_KEY, { id: "s2", consent: ["measure", "share"] });
    holdChoice("s2");
  };
  await open(shop).teller.tell();
  assert.deepEqual(shop.told, [["s2", ["measure", "share"]]]);
  assert.deepEqual(get(VISIT_KEY).consent, ["measure", "share"]);
  assert.equal(isUntold(readChoice(), "s2"), false);
});

test("a choice that comes while another is told is told after it", async () => {
  const shop = new Shop();
  choose(["measure"]);
  const { teller } = open(shop);
  const first = teller.tell();
  choose([]);
  await Promise.all([first, teller.tell()]);
  assert.deepEqual(shop.told.at(-1), ["s1", []]);
  choose(["learn"]);
  await teller.tell();
  assert.deepEqual(shop.told.at(-1), ["s1", ["learn"]]);
});

test("in its own session a choice is left as it is", () => {
  put(VISIT_KEY, { id: "s1", consent: ["share"] });
  choose(["share"]);
  holdChoice("s1");
  assert.deepEqual(get(VISIT_KEY).consent, ["share"]);
});

test("a spoiled choice is none, and listeners hear of a new one", () => {
  for (const spoiled of [7, {}, { purposes: "measure", session: "s" }, { purposes: [] }]) {
    put(CHOICE_KEY, spoiled);
    assert.equal(readChoice(), null);
  }
  let heard = 0;
  const end = onChoice(() => (heard += 1));
  choose(["odd", "learn"]);
  end();
  choose([]);
  assert.equal(heard, 1);
  assert.deepEqual(carriedTo(["learn", "share"], USUAL), ["learn"]);
});

test("a storage that is blocked names nothing, and still remembers for the page", () => {
  const blocked = new Kept(() => {
    throw new Error("blocked");
  });
  blocked.write("fr.e.1", 1);
  assert.deepEqual(blocked.namesFrom("fr.e."), ["fr.e.1"]);
  blocked.remove("fr.e.1");
  assert.deepEqual(blocked.namesFrom(""), []);
});
