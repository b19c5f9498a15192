import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { browser, clearAll, get, put, tab } from "./kept_storage.ts";
import { keepBag, readBag, withAdded } from "../../storefront/src/bag/bag.ts";
import { keepDoneOrder, readDoneOrder } from "../../storefront/src/checkout/doneOrder.ts";
import { onDeparture } from "../../storefront/src/privacy/departures.ts";
import { eraseMe, REQUESTS_KEY } from "../../storefront/src/privacy/erase.ts";
import { leaveVisit } from "../../storefront/src/privacy/forgetPerson.ts";
import { keepChoice, readChoice } from "../../storefront/src/choice/keptChoice.ts";
import { keepThumb, thumbOf } from "../../storefront/src/product/thumbs.ts";

const product = { product_id: "a", category_id: "c", title: "A", price: 1, currency: "EUR", image_url: null };
const OF_LEFT = "left-visit";

/** A client that ends its visit as the real one does, and may fail to say so. */
class Client {
  sessionId = OF_LEFT;
  userId: string | null = null;
  logoutError: unknown = null;
  askError: unknown = null;
  queuedAtLogout: string[] | null = null;
  asked: string[] = [];
  async flush(): Promise<void> {}
  async request(path: string): Promise<any> {
    this.asked.push(path);
    if (this.askError) throw this.askError;
    return { request_ids: ["r1"] };
  }
  async logout(): Promise<void> {
    this.queuedAtLogout = Object.keys(browser).filter((name) => name.startsWith("fr.e."));
    this.sessionId = "fresh-visit";
    put("fr.visit", { id: "fresh-visit", secret: "new", former: [[OF_LEFT, "old-secret"]] });
    put("fr.e.2", { event_id: "e2", session_id: "fresh-visit" });
    put("fr.e.3", { event_id: "e3", session_id: OF_LEFT });
    if (this.logoutError) throw this.logoutError;
  }
}

function leaveTraces(): void {
  put("fr.visit", { id: OF_LEFT, secret: "old-secret", former: [] });
  put("fr.e.1", { event_id: "e1", session_id: OF_LEFT });
  put("fr.clicked", [{ product: "a", session: OF_LEFT, from: {} }]);
  put("fr.decisions", [{ session: OF_LEFT, token: "row.d.x", at: 1 }]);
  put("fr.shop.last", [{ product }]);
  put("fr.shop.before-pause", ["measure"]);
  keepThumb("a", 1);
  keepDoneOrder({ orderId: "o", sum: "", lines: [] });
  keepBag(withAdded([], product, { suggested: { bundle_id: "a+b", decision_id: "decided" }, offered: { units: 1, currency: "EUR", digits: 2 } }));
  keepChoice({ purposes: ["measure", "share"], session: OF_LEFT, isTold: true });
}

const kept = () => JSON.stringify([browser, tab]);

beforeEach(() => {
  clearAll();
  leaveTraces();
});

test("who logs out leaves nothing of the visit here", async () => {
  const client = new Client();
  let departures = 0;
  const end = onDeparture(() => (departures += 1));
  await leaveVisit(client);
  end();
  assert.equal(departures, 1);
  assert.deepEqual(client.queuedAtLogout, [], "what was queued is gone before the fresh visit begins");
  for (const trace of [OF_LEFT, "old-secret", "row.d.x", "fr.shop.last", "fr.shop.thumbs", "fr.shop.before-pause", "fr.shop.order", "e1", "e3"]) {
    assert.ok(!kept().includes(trace), trace);
  }
  assert.equal(get("fr.e.2").event_id, "e2", "what the fresh visit does is kept");
  assert.equal(thumbOf("a"), null);
  assert.equal(readDoneOrder(), null);
  assert.deepEqual(readChoice(), { purposes: ["measure"], session: "", isTold: false }, "a refusal holds on, a grant does not");
  assert.equal(readBag()[0]?.suggested?.decision_id, "decided", "the bag goes on as it is");
});

test("who logs out while the shop is away is forgotten here all the same", async () => {
  const client = new Client();
  client.logoutError = { status: 0 };
  await assert.rejects(leaveVisit(client));
  assert.ok(!kept().includes(OF_LEFT));
  assert.ok(!kept().includes("fr.shop.last"));
});

test("after an erasure the bag stays, without the decisions that filled it", async () => {
  assert.deepEqual(await eraseMe(new Client()), ["r1"]);
  assert.equal(readBag()[0]?.quantity, 1);
  assert.ok(!kept().includes("decided"));
  assert.ok(!kept().includes(OF_LEFT));
});

test("a receipt is kept, though the end of the visit could not be told", async () => {
  const client = new Client();
  client.logoutError = { status: 0 };
  assert.deepEqual(await eraseMe(client), ["r1"]);
  assert.deepEqual(get(REQUESTS_KEY), ["r1"]);
  assert.ok(!kept().includes(OF_LEFT));
});

test("where nothing was erased, nothing is forgotten", async () => {
  const client = new Client();
  client.askError = { status: 503, type: "/problems/unavailable" };
  await assert.rejects(eraseMe(client));
  assert.equal(client.sessionId, OF_LEFT);
  assert.ok(kept().includes("fr.shop.last"));
  client.askError = { status: 401, type: "/problems/session-token" };
  assert.deepEqual(await eraseMe(client), [], "of a visit that has not begun nothing is kept there");
  assert.ok(!kept().includes("fr.shop.last"));
});

test("while all is paused a thumb is not kept", () => {
  keepChoice({ purposes: [], session: OF_LEFT, isTold: true });
  keepThumb("b", 1);
  assert.equal(thumbOf("b"), null);
});
