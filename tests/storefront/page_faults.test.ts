import assert from "node:assert/strict";
import { test } from "node:test";

import { digestsOf, faultsOf } from "../../storefront/scripts/page_faults.mjs";

const SOUND = `<!DOCTYPE html><html><head><link rel="stylesheet" href="/_next/a.css"/><script src="/_next/a.js" async=""></script></head>
<body><img src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"/><a href="https://other.example/">elsewhere</a>
<script>window.a = "<p style='x' onclick=y><img src='//other.example/'>"</script>
<script id="__NEXT_DATA__" type="application/json">{"page":"/"}</script></body></html>`;

test("a page of the shop's own files has no fault, and its inline script one digest", () => {
  assert.deepEqual(faultsOf(SOUND), []);
  assert.equal(digestsOf(SOUND).length, 1);
  assert.match(digestsOf(SOUND)[0]!, /^sha256-[A-Za-z0-9+/]{43}=$/);
});

test("whatever loads a file of another host is a fault, scripts first of all", () => {
  for (const tag of [
    '<script src="https://other.example/a.js"></script>', "<script async src='//other.example/a.js'></script>",
    "<SCRIPT SRC=https://other.example/a.js></SCRIPT>", '<link rel="preload" href="http://other.example/a.css"/>',
    '<img alt="" src="//other.example/a.png"/>', '<iframe src="wss://other.example"></iframe>',
  ]) assert.deepEqual(faultsOf(SOUND.replace("</body>", `${tag}</body>`)), ["a file of another host"], tag);
});

test("what a strict policy refuses is a fault", () => {
  assert.deepEqual(faultsOf('<p style="color: red">'), ["a style attribute"]);
  assert.deepEqual(faultsOf("<style>p {}</style>"), ["a style element"]);
  assert.deepEqual(faultsOf('<button onclick="go()">'), ["a handler in markup"]);
});
