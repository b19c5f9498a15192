/** Rows of a page that changes while they are asked for, and answers that are none. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Observer, answerBy, hang, settled } from "./browser.mjs";
import { openDom } from "./dom.mjs";

openDom();
const { fittingRoom } = await import("../../../clients/js/dist/element.js");

let sites = 0;
let site;

beforeEach(() => {
  site = `https://odd-${(sites += 1)}.example`;
  mock.method(console, "warn", () => {});
  document.body.replaceChildren();
});
afterEach(() => {
  fittingRoom({ apiUrl: site }).close();
  mock.restoreAll();
});

function item(number, fields = {}) {
  return { product_id: `shirt-${number}`, slot: number, title: `Shirt ${number}`, price: 10, list_price: null, currency: "EUR", image_url: null, page_url: null, ...fields };
}

/** Answers rows, and nothing else. */
function answerRows(answer) {
  const asked = answerBy((call) => (call.url.endsWith("/v1/recommendations") ? answer(call) : hang(call)));
  return () => asked.filter(({ url }) => url.endsWith("/v1/recommendations")).map(({ body }) => body.rows);
}

function rowsOf({ body }) {
  return Response.json({ session_id: body.session_id, rows: body.rows.map((row) => ({ title: row.product_id ?? row.placement, items: [item(0)], decision_id: "d" })) });
}

function place(attributes, fallback = "<p>Bestsellers</p>") {
  const row = document.createElement("fitting-room-row");
  for (const [name, value] of Object.entries({ "api-url": site, ...attributes })) row.setAttribute(name, value);
  row.innerHTML = fallback;
  document.body.append(row);
  return row;
}

function show(row) {
  for (const { observed, tell } of [...Observer.all]) if (observed.has(row)) tell([{ target: row, isIntersecting: true }]);
}

async function gather() {
  await new Promise((resolve) => setTimeout(resolve, 30));
  await settled(30);
}

const title = (row) => row.shadowRoot.querySelector("[part=title]")?.textContent;

test("a row whose attributes change together is asked for once, as it is by then", async () => {
  const questions = answerRows(rowsOf);
  const row = place({ placement: "product", "product-id": "shirt-1" });
  show(row);
  row.setAttribute("product-id", "shirt-2");
  await gather();
  // In one call no product is in two rows: a row that nobody sees would take the best of them.
  assert.deepEqual(questions(), [[{ placement: "product", product_id: "shirt-2" }]]);
  for (const [name, value] of [["product-id", "shirt-3"], ["count", "4"], ["strategy", "similar"]]) row.setAttribute(name, value);
  await gather();
  assert.deepEqual(questions().slice(1), [[{ placement: "product", strategy: "similar", product_id: "shirt-3", count: 4 }]]);
  assert.equal(title(row), "shirt-3");
});

test("a row that is gone before it is asked for is not asked for; put back, it is", async () => {
  const questions = answerRows(rowsOf);
  const [stays, goes] = [place({ placement: "home" }), place({ placement: "cart" })];
  show(stays);
  show(goes);
  goes.remove();
  await gather();
  assert.deepEqual(questions(), [[{ placement: "home" }]]);
  document.body.append(goes);
  show(goes);
  await gather();
  assert.deepEqual([questions().length, title(stays), title(goes)], [2, "home", "cart"]);
});

test("of answers that overtake each other the row of the last question is shown", async () => {
  const answers = [];
  answerRows((call) => new Promise((resolve) => answers.push(() => resolve(rowsOf(call)))));
  const row = place({ placement: "product", "product-id": "shirt-1" });
  show(row);
  await gather();
  row.setAttribute("product-id", "shirt-2");
  await gather();
  answers[1]();
  await settled(30);
  answers[0]();
  await settled(30);
  assert.equal(title(row), "shirt-2");
});

for (const [name, answer] of [
  ["no JSON", () => new Response("<html>Log in</html>", { headers: { "content-type": "text/html" } })],
  ["null", () => Response.json(null)], ["without rows", () => Response.json({})], ["without a row", () => Response.json({ rows: [] })],
  ["null for a row", () => Response.json({ rows: [null] })], ["without items", () => Response.json({ rows: [{ title: "x" }] })],
  ["with odd items", () => Response.json({ rows: [{ title: "x", items: "shirts" }] })],
]) {
  test(`an answer that is ${name} leaves the page's own content`, async () => {
    answerRows(answer);
    const row = place({ placement: "home" });
    show(row);
    await gather();
    assert.equal(row.shadowRoot.firstElementChild.localName, "slot");
    answerRows(rowsOf);
    row.setAttribute("count", "3");
    await gather();
    assert.equal(title(row), "home");
    answerRows(answer);
    row.setAttribute("count", "4");
    await gather();
    assert.equal(row.shadowRoot.querySelectorAll("[part=card]").length, 1, "what was shown stays");
    assert.equal(row.shadowRoot.querySelector("section").inert, false);
  });
}

test("items that say little are shown as far as they go", async () => {
  answerRows(({ body }) => Response.json({ session_id: body.session_id, rows: [{ title: null, items: [null, { product_id: "a", slot: 1 }, item(2)] }] }));
  const row = place({ placement: "home" });
  show(row);
  await gather();
  assert.deepEqual([...row.shadowRoot.querySelectorAll("[part=name]")].map((name) => name.textContent), ["", "Shirt 2"]);
});

test("a title that is too long ends between two characters, whatever they are made of", async () => {
  answerRows(({ body }) => Response.json({ session_id: body.session_id, rows: [{ title: "x", items: [item(0, { title: `x${"👗".repeat(200)}` })] }] }));
  const row = place({ placement: "home" });
  show(row);
  await gather();
  const said = row.shadowRoot.querySelector("[part=name]").textContent;
  assert.deepEqual([said.isWellFormed(), said.endsWith("👗…")], [true, true]);
});
