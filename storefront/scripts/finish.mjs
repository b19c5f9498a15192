/**
 * The last step of the build: says which scripts stand in each page, by the digests that a content
 * security policy allows them by, and packs what is sent. Fails where a page would need
 * `unsafe-inline`, or names another host.
 */

import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { digestsOf, faultsOf } from "./page_faults.mjs";

const OUT = fileURLToPath(new URL("../out/", import.meta.url));
const PACKED = /\.(css|js|svg|txt|webmanifest)$/;

/** What pages of any site load travels with the storefront, since that is what a wheel has. */
mkdirSync(join(OUT, "client"), { recursive: true });
for (const name of ["index.js", "live.js", "element.js"]) {
  copyFileSync(new URL(`../../clients/js/dist/${name}`, import.meta.url), join(OUT, "client", name));
}

const files = readdirSync(OUT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(OUT, join(entry.parentPath, entry.name)));

const pages = {};
const faults = [];
for (const file of files.filter((name) => name.endsWith(".html"))) {
  const html = readFileSync(join(OUT, file), "utf8");
  faults.push(...faultsOf(html).map((fault) => `${file} has ${fault}`));
  pages[file.slice(0, -".html".length)] = digestsOf(html);
}
if (faults.length > 0) {
  console.error(`The build is refused:\n${faults.join("\n")}`);
  process.exit(1);
}
for (const file of files.filter((name) => PACKED.test(name))) {
  const body = readFileSync(join(OUT, file));
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  writeFileSync(join(OUT, `${file}.br`), brotliCompressSync(body, quality));
  writeFileSync(join(OUT, `${file}.gz`), gzipSync(body, { level: 9 }));
}
writeFileSync(join(OUT, "site.json"), JSON.stringify({ pages }, null, 1));
