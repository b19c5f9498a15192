/** What stands in the markup of an exported page, as a content security policy sees it. */

import { createHash } from "node:crypto";

const SCRIPT = /<script([^>]*)>([\s\S]*?)<\/script\s*>/gi;
const OTHER_HOST = /\s(?:src|href|srcset)\s*=\s*["']?\s*(?:[a-z][a-z0-9+.-]*:)?\/\//i;
const LOADING = /<(?:link|img|source|iframe|script|video|audio|embed|object|use|image)\b[^>]*>/gi;

/** Digests of the inline scripts, each once. */
export function digestsOf(html) {
  const inline = [...html.matchAll(SCRIPT)].filter(
    ([, attributes]) => !/\ssrc\s*=/i.test(attributes) && !attributes.includes("application/json"),
  );
  return [...new Set(inline.map(([, , text]) => `sha256-${createHash("sha256").update(text).digest("base64")}`))];
}

/** What would need `unsafe-inline`, or is loaded from elsewhere. */
export function faultsOf(html) {
  const faults = [];
  // Of scripts the text is no markup, but the tag is.
  const markup = html.replace(SCRIPT, "<script$1>");
  if (/<[^>]+\sstyle\s*=/i.test(markup)) faults.push("a style attribute");
  if (/<style[\s>]/i.test(markup)) faults.push("a style element");
  if (/<[^>]+\son[a-z]+\s*=/i.test(markup)) faults.push("a handler in markup");
  if ([...markup.matchAll(LOADING)].some(([tag]) => OTHER_HOST.test(tag))) faults.push("a file of another host");
  return faults;
}
