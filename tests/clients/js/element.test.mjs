import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Observer, answerBy, judge, problem, settled } from "./browser.mjs";
import { openDom } from "./dom.mjs";

openDom();
const { fittingRoom } = await import("../../../clients/js/dist/element.js");

let sites = 0;
let site;
let asked;
let streams;

function item(number, fields = {}) {
  return {
    product_id: `shirt-${number}`, slot: number, title: `Shirt ${number}`, price: 10 + number, list_price: null, currency: "EUR",
    image_url: null, page_url: `https://shop.example/p/${number}`, ...fields,
  };
}

function profileOf(session, version, viewed = []) {
  return {
    session_id: session, version, live_weight: viewed.length, personalized: true, recent_products: viewed, created_at: "2026-01-01T00:00:00Z",
  };
}

/** An API that answers rows by `rowOf(question, round)`; another for each test, so that no client is shared. */
function api(rowOf) {
  let round = 0;
  streams = [];
  asked = answerBy((call) => {
    const { url, body, signal } = call;
    if (url.endsWith("/v1/track")) return judge()(call);
    if (url.endsWith("/v1/recommendations")) {
      round += 1;
      const rows = body.rows.map((question) => rowOf(question, round));
      return rows.includes(undefined) ? problem(503, "no-generation")() : Response.json({ session_id: body.session_id, recorded: true, rows });
    }
    if (!url.endsWith("/stream")) return Response.json(profileOf(url.split("/").at(-1), 0));
    return new Response(new ReadableStream({
      start(controller) {
        streams.push((version, viewed) => controller.enqueue(new TextEncoder().encode(
          `id: ${version}\nevent: profile\ndata: ${JSON.stringify(profileOf(url.split("/").at(-2), version, viewed))}\n\n`,
        )));
        signal.addEventListener("abort", () => controller.error(signal.reason));
      },
    }));
  });
}

function rowWith(...items) {
  return () => ({ title: "For you", strategy: "personal", placement: "home", decision_id: "d1", items });
}

beforeEach(() => {
  site = `https://fit-${(sites += 1)}.example`;
  mock.method(console, "warn", () => {});
  document.body.replaceChildren();
});
afterEach(() => {
  fittingRoom({ apiUrl: site }).close();
  mock.restoreAll();
});

function place(attributes = { placement: "home" }, fallback = "") {
  const row = document.createElement("fitting-room-row");
  for (const [name, value] of Object.entries({ "api-url": site, ...attributes })) row.setAttribute(name, value);
  row.innerHTML = fallback;
  document.body.append(row);
  return row;
}

/** As if the row had been scrolled to. */
async function near(row) {
  for (const { observed, tell } of [...Observer.all]) if (observed.has(row)) tell([{ target: row, isIntersecting: true }]);
  await new Promise((resolve) => setTimeout(resolve, 30));
  await settled(30);
}

const parts = (row, name) => [...row.shadowRoot.querySelectorAll(`[part=${name}]`)];
const texts = (row, name) => parts(row, name).map((part) => part.textContent);
const rowCalls = () => asked.filter(({ url }) => url.endsWith("/v1/recommendations"));

test("a row asks once it is near, and keeps the places of its cards before that", async () => {
  api(rowWith(item(0), item(1)));
  const row = place({ placement: "home", count: "4" });
  assert.equal(parts(row, "card").length, 4);
  assert.equal(parts(row, "row")[0].inert, true);
  await settled();
  assert.equal(asked.length, 0);

  await near(row);
  assert.deepEqual(rowCalls()[0].body.rows, [{ placement: "home", count: 4 }]);
  assert.deepEqual(texts(row, "title"), ["For you"]);
  assert.deepEqual(texts(row, "name"), ["Shirt 0", "Shirt 1"]);
  assert.equal(parts(row, "link")[1].href, "https://shop.example/p/1");
  assert.equal(parts(row, "row")[0].getAttribute("aria-label"), "For you");
  assert.equal(parts(row, "row")[0].inert, false);
});

for (const [count, places] of [["-3", 1], ["2.5", 2], ["1e9", 50], ["many", 6], ["", 6], ["0", 6]]) {
  test(`a count of "${count}" has ${places} places`, () => {
    api(rowWith());
    assert.equal(parts(place({ count }), "card").length, places);
  });
}

test("a card without an answer has all that a card with one has, so that both are as high", async () => {
  api(rowWith(item(0)));
  const row = place();
  const tags = () => [...parts(row, "card")[0].querySelectorAll("*")].map((node) => node.localName).filter((name) => !/svg|path|img/.test(name));
  const before = tags();
  await near(row);
  assert.deepEqual(tags(), before);
});

test("attributes are the question", async () => {
  api(rowWith(item(0)));
  const row = place({ strategy: "similar", "product-id": "shirt-9", "category-id": "shirts", count: "many" });
  await near(row);
  assert.deepEqual(rowCalls()[0].body.rows, [{ strategy: "similar", product_id: "shirt-9", category_id: "shirts" }]);
  row.setAttribute("product-id", "shirt-8");
  await near(row);
  assert.equal(rowCalls().at(-1).body.rows[0].product_id, "shirt-8");
});

test("rows that come into sight together are asked for in one call", async () => {
  api((question) => ({ ...rowWith(item(0))(), title: question.placement }));
  const rows = ["home", "cart"].map((placement) => place({ placement }));
  await Promise.all(rows.map(near));
  assert.equal(rowCalls().length, 1);
  assert.deepEqual(rows.map((row) => texts(row, "title")[0]), ["home", "cart"]);
});

test("titles are text, in their own direction, and no longer than anybody reads", async () => {
  const markup = "<img src=x onerror=alert(1)>";
  api(rowWith(item(0, { title: markup }), item(1, { title: "ש".repeat(500) }), item(2, { title: "" })));
  const row = place();
  await near(row);
  const names = texts(row, "name");
  assert.equal(names[0], markup);
  assert.equal(names[1].length, 161);
  assert.equal(row.shadowRoot.querySelectorAll("img").length, 0);
  assert.deepEqual([...parts(row, "name"), ...parts(row, "title")].map((part) => part.dir), ["auto", "auto", "auto", "auto"]);
});

test("only addresses of the web are followed or shown", async () => {
  const script = "javascript:alert(1)";
  api(rowWith(
    item(0, { page_url: script, image_url: script }), item(1, { page_url: "data:text/html,x", image_url: "blob:x" }),
    item(2, { page_url: null, image_url: "/a.jpg" }), item(3, { page_url: "http://[", image_url: "http://[" }),
  ));
  const row = place();
  await near(row);
  assert.deepEqual(parts(row, "link").map((link) => link.hasAttribute("href")), [false, false, false, false]);
  assert.deepEqual([...row.shadowRoot.querySelectorAll("img")].map((image) => image.src), ["https://shop.example/a.jpg"]);
});

test("the page says where its products are", async () => {
  api(rowWith(item(0, { page_url: null, product_id: "a/b" })));
  const row = place({ placement: "home", pages: "/product/{id}" });
  await near(row);
  assert.equal(parts(row, "link")[0].href, "https://shop.example/product/a%2Fb");
});

test("a picture that is missing or broken is drawn", async () => {
  api(rowWith(item(0), item(1, { image_url: "https://shop.example/1.jpg" })));
  const row = place();
  await near(row);
  const pictures = () => parts(row, "picture").map((tile) => tile.firstElementChild.localName);
  assert.deepEqual(pictures(), ["svg", "img"]);
  row.shadowRoot.querySelector("img").onerror(new Event("error"));
  assert.deepEqual(pictures(), ["svg", "svg"]);
});

test("prices are those of the shop, with the one before a reduction", async () => {
  api(rowWith(item(0, { price: 8, list_price: 10 }), item(1, { price: null }), item(2, { price: 5, currency: "doubloons" })));
  const row = place();
  await near(row);
  const prices = texts(row, "price");
  assert.match(prices[0], /8.00.*10.00/);
  assert.deepEqual(prices.slice(1), ["", "5 doubloons"]);
  assert.equal(parts(row, "list-price").length, 1);
});

test("a row without products takes no room; one product is a row", async () => {
  api((_, round) => (round === 1 ? rowWith()() : rowWith(item(0))()));
  const row = place();
  await near(row);
  assert.equal(row.hidden, true);
  streams[0](1);
  streams[0](2, ["shirt-5"]);
  await near(row);
  assert.equal(row.hidden, false);
  assert.equal(parts(row, "card").length, 1);
});

test("while the API is away the page's own content stands in, and a row comes when it is back", async () => {
  let isAway = true;
  api(() => (isAway ? undefined : rowWith(item(0))()));
  const row = place({ placement: "home" }, "<p>Bestsellers</p>");
  await near(row);
  assert.equal(row.shadowRoot.firstElementChild.localName, "slot");
  isAway = false;
  streams[0](1);
  await near(row);
  assert.deepEqual(texts(row, "name"), ["Shirt 0"]);
});

test("without content of the page an unanswered row is an empty place, and says nothing", async () => {
  answerBy(problem(401, "key-refused"));
  const row = place({ placement: "home", key: "pk_wrong" });
  await near(row);
  assert.equal(parts(row, "card").length, 0);
  assert.equal(row.hidden, false);
  assert.equal(console.warn.mock.callCount(), 0);
  fittingRoom({ apiUrl: site, key: "pk_wrong" }).close();
});

test("a row that was shown stays when the API goes away", async () => {
  let isAway = false;
  api(() => (isAway ? undefined : rowWith(item(0))()));
  const row = place();
  await near(row);
  streams[0](1);
  isAway = true;
  streams[0](2, ["shirt-5"]);
  await near(row);
  assert.equal(rowCalls().length, 2);
  assert.deepEqual(texts(row, "name"), ["Shirt 0"]);
});

test("a row follows the visit; cards that stay are the same, with their focus", async () => {
  api((_, round) => (round === 1 ? rowWith(item(0), item(1))() : { ...rowWith(item(1, { slot: 0 }), item(2))(), title: "Because you viewed", decision_id: "d2" }));
  const row = place();
  await near(row);
  const [, stays] = parts(row, "card");
  stays.querySelector("a").focus();
  streams[0](1);
  await settled(30);
  assert.equal(rowCalls().length, 1);
  streams[0](2, ["shirt-1"]);
  await near(row);
  assert.deepEqual(texts(row, "title"), ["Because you viewed"]);
  assert.deepEqual(texts(row, "name"), ["Shirt 1", "Shirt 2"]);
  assert.equal(parts(row, "card")[0], stays);
  assert.equal(row.shadowRoot.activeElement, stays.querySelector("a"));
});

test("cards report that they were seen, and what their click leads to", async () => {
  api(rowWith(item(0)));
  const row = place();
  await near(row);
  const [card] = parts(row, "card");
  Observer.show(card, 1);
  await new Promise((resolve) => setTimeout(resolve, 1_400));
  parts(row, "link")[0].dispatchEvent(new Event("click", { bubbles: true }));
  const client = fittingRoom({ apiUrl: site });
  client.track("product_view", { product_id: "shirt-0" });
  await client.flush();
  const events = asked.filter(({ url }) => url.endsWith("/track")).flatMap(({ body }) => body.events);
  assert.deepEqual(events.map(({ type, decision_id: decision, slot, slots }) => [type, decision, slot, slots]), [
    ["impression", "d1", undefined, [0]], ["product_view", "d1", 0, undefined],
  ]);
});

test("a row that is moved goes on, and one that is gone asks and hears nothing", async () => {
  api(rowWith(item(0)));
  const row = place();
  await near(row);
  const aside = document.createElement("aside");
  document.body.append(aside);
  aside.append(row);
  assert.deepEqual(texts(row, "name"), ["Shirt 0"]);
  await near(row);
  row.remove();
  await settled();
  const before = rowCalls().length;
  for (const tell of streams) {
    try {
      tell(9, ["shirt-1"]);
    } catch { /** The stream was closed. */ }
  }
  await near(row);
  assert.equal(rowCalls().length, before);
  assert.equal([...Observer.all].some(({ observed }) => observed.has(row)), false);
});

test("where consent is waited for nothing is followed", async () => {
  api(rowWith(item(0)));
  const row = place({ placement: "home", consent: "wait" });
  await near(row);
  fittingRoom({ apiUrl: site }).track("product_view", { product_id: "a" });
  await fittingRoom({ apiUrl: site }).flush();
  assert.equal(asked.some(({ url }) => url.endsWith("/track")), false);
  assert.equal(rowCalls()[0].credentials, "omit");
});

for (const consent of ["", " ", ","]) {
  test(`a consent of "${consent}" agrees to nothing: so a template says that all is refused`, async () => {
    api(rowWith(item(0)));
    await near(place({ placement: "home", consent }));
    const client = fittingRoom({ apiUrl: site });
    client.track("product_view", { product_id: "a" });
    await client.flush();
    assert.deepEqual([client.queued, asked.some(({ url }) => url.endsWith("/track"))], [0, false]);
  });
}

test("purposes of a row may stand on lines of their own", async () => {
  api(rowWith(item(0)));
  await near(place({ placement: "home", consent: "\n measure,\n learn\n" }));
  const client = fittingRoom({ apiUrl: site });
  client.track("product_view", { product_id: "a" });
  await client.flush();
  const [{ body }] = asked.filter(({ url }) => url.endsWith("/track"));
  assert.deepEqual(body.events[0].consent, ["measure", "learn"]);
});
