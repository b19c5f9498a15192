/**
 * The last step of the build: says which scripts stand in each page, by the digests that a content
 * security policy allows them by, packs what is sent, and says what each file is, so that no other
 * build's stands beside it. Fails where a page would need `unsafe-inline`, or names another host.
 */

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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

const MANIFEST = join(OUT, "site.json");
// Without it nothing is served, until all is there again.
rmSync(MANIFEST, { force: true });

const namesOfFiles = () =>
  readdirSync(OUT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => relative(OUT, join(entry.parentPath, entry.name)));
const files = namesOfFiles();

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
const digests = Object.fromEntries(
  namesOfFiles().map((file) => [file.replaceAll("\\", "/"), createHash("sha256").update(readFileSync(join(OUT, file))).digest("hex")]),
);
// Renamed, so that nobody reads half of it.
writeFileSync(`${MANIFEST}.part`, JSON.stringify({ pages, files: digests }, null, 1));
renameSync(`${MANIFEST}.part`, MANIFEST);
