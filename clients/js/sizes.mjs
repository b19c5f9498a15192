/** Bytes of the bundles as they travel; `node sizes.mjs` fails where one is too large. */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

/** A kB is 1,000 bytes. */
const MOST = { "index.js": 5_000, "element.js": 9_000, "live.js": 2_500, "react.js": 2_000 };

export function gzipped(text) {
  return gzipSync(text, { level: 9 }).length;
}

export function sizes() {
  const bytes = (name) => readFileSync(new URL(`dist/${name}`, import.meta.url));
  return Object.fromEntries(Object.entries(MOST).map(([name, most]) => (
    [name, { bytes: bytes(name).length, gzip: gzipped(bytes(name)), most }]
  )));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [name, { bytes, gzip, most }] of Object.entries(sizes())) {
    console.log(`${name}: ${gzip} bytes gzip of at most ${most} (${bytes} plain)`);
    if (gzip > most) process.exitCode = 1;
  }
}
