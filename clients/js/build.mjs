/** Builds the bundles into `dist`, and says how large they are. */

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { minify } from "terser";
import { sizes } from "./sizes.mjs";

/**
 * Names that no page, no browser, no storage and no answer of the API knows are shortened, by their
 * place here: the same in all bundles and releases, since one of them loads another. New ones go to
 * the end.
 */
const OWN = [
  "secretOf", "tokenOf", "keepToken", "renew", "onChange", "tell", "bound", "remember", "readNew", "giveUp", "isHeld",
  "isOpen", "isOnScreen", "sendLast", "retry", "plan", "grow", "answer", "calls", "decisions", "queue", "place",
  "write", "list", "names", "keep", "put", "all", "change", "tokens", "reset", "base", "root", "visit", "stop", "shown",
  "timer", "run", "take", "question", "waiting",
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

mkdirSync("dist", { recursive: true });
for (const [name, entry] of Object.entries(ENTRIES)) {
  const { outputFiles: [bundle] } = await build({
    entryPoints: [entry], bundle: true, minify: true, format: "esm", target: "es2022", jsx: "automatic", write: false,
    legalComments: "none", logLevel: "warning", plugins: [apart], external: ["react", "react/jsx-runtime"],
    mangleProps: new RegExp(`^(${OWN.join("|")})$`), mangleCache: SHORT,
  });
  const { code } = await minify(bundle.text, {
    module: true, ecma: 2020, compress: { passes: 3, unsafe: true, unsafe_arrows: true, unsafe_comps: true, unsafe_math: true, lhs_constants: false },
  });
  put(`${name}.js`, code);
}
put("size.json", `${JSON.stringify(sizes(), null, 2)}\n`);
