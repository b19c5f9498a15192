/**
 * In the browser Preact stands for React: half of the script, so that a phone answers sooner
 * (docs/adr/0029). What is written, checked and exported is React; Next takes either.
 */
const PREACT = {
  react: "preact/compat",
  "react-dom": "preact/compat",
  "react-dom/client": "preact/compat/client",
  "react/jsx-runtime": "preact/jsx-runtime",
  "react/jsx-dev-runtime": "preact/jsx-dev-runtime",
};

/** Static files that the API serves: no Node at run time, no request to any other host. */
export default {
  output: "export",
  reactStrictMode: true,
  poweredByHeader: false,
  images: { unoptimized: true },
  turbopack: {
    resolveAlias: Object.fromEntries(Object.entries(PREACT).map(([name, browser]) => [name, { browser }])),
  },
};
