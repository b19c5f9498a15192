/** Builds the bundles into `dist`, and says how large they are. */

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { build, transform } from "esbuild";
import { minify } from "terser";
import { gzipped, sizes } from "./sizes.mjs";

/**
 * Names that no page, no browser, no storage and no answer of the API knows are shortened, by their
 * place here: the same in all bundles and releases, since one of them loads another. New ones go to
 * the end.
 */
const OWN = [
  "secretOf", "tokenOf", "keepToken", "renew", "onChange", "tell", "bound", "remember", "readNew", "giveUp", "isHeld",
  "isOpen", "isOnScreen", "sendLast", "retry", "plan", "grow", "answer", "calls", "decisions", "queue", "place",
  "write", "list", "names", "keep", "put", "all", "change", "tokens", "reset", "base", "root", "visit", "stop", "shown",
  "timer", "run", "take", "question", "waiting", "forget", "say", "remove", "next",
];
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SHORT = Object.fromEntries(OWN.map((name, place) => [name, LETTERS[place]]));
const ENTRIES = { index: "src/index.ts", live: "src/live.ts", react: "src/react.tsx", element: "src/element.ts" };

/** Each beside the others, so that nobody loads the core twice; only the element has all in one. */
const apart = {
  name: "apart",
  setup(builder) {
    builder.onResolve({ filter: /^\.\/(index|live)\.js$/ }, ({ path, importer }) => (
      importer.endsWith(".tsx") || importer.endsWith("index.ts") ? { path, external: true } : undefined
    ));
  },
};

/** A reader beside a build has the one or the other, and never half of it. */
function put(name, text) {
  const whole = `dist/.${process.pid}.${name}`;
  writeFileSync(whole, text);
  renameSync(whole, `dist/${name}`);
}

/** Which of them makes less of a bundle is not to be told beforehand. */
const WAYS = [[{ minifyIdentifiers: true }, { hoist_funs: true }], [{}, { inline: 1 }]];
const SQUEEZE = { passes: 3, unsafe: true, unsafe_arrows: true, unsafe_comps: true, unsafe_math: true, lhs_constants: false };
/** It says to a bundler of the shop that an address is known only by then. */
const format = { comments: /webpackIgnore/ };

async function bundle(entry, [how, more]) {
  const { outputFiles: [{ text }] } = await build({
    entryPoints: [entry], bundle: true, minifySyntax: true, ...how, format: "esm", target: "es2022", jsx: "automatic", write: false,
    legalComments: "none", logLevel: "warning", plugins: [apart], external: ["react", "react/jsx-runtime"],
    mangleProps: new RegExp(`^(${OWN.join("|")})$`), mangleCache: SHORT,
  });
  const squeezed = await minify(text, { module: true, ecma: 2020, compress: { ...SQUEEZE, ...more }, mangle: false, format });
  const { code } = await transform(squeezed.code, { minifySyntax: true, minifyIdentifiers: true, format: "esm", target: "es2022" });
  return (await minify(code, { module: true, compress: false, format })).code;
}

mkdirSync("dist", { recursive: true });
for (const [name, entry] of Object.entries(ENTRIES)) {
  const made = await Promise.all(WAYS.map((way) => bundle(entry, way)));
  const [least] = made.toSorted((one, other) => gzipped(one) - gzipped(other));
  put(`${name}.js`, least);
}
put("size.json", `${JSON.stringify(sizes(), null, 2)}\n`);
