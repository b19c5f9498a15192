import { compile } from "html-to-text";

const HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"];
const convert = compile({
  wordwrap: false,
  selectors: [
    { selector: "a", options: { ignoreHref: true } },
    { selector: "img", format: "skip" },
    { selector: "table", options: { uppercaseHeaderCells: false } },
    ...HEADINGS.map((selector) => ({ selector, options: { uppercase: false } })),
  ],
});

/** Return the text of a description, which Vendure's editor writes as HTML. */
export function plainText(html: string): string {
  return convert(html).trim();
}

/** Return the first so many UTF-16 units, or one less where a sign of two would be cut in half. */
export function cut(text: string, most: number): string {
  const part = text.toWellFormed().slice(0, most);
  return part.isWellFormed() ? part : part.slice(0, -1);
}

/**
 * Return a thing's names in every language, those of this one first, in an order that does not change: a group
 * may be called "Größe" here, and "size" by its code or in another one.
 */
export function namesIn(
  language: string,
  translations: readonly { languageCode: string; name: string }[] | undefined,
): string[] {
  const rank = (code: string) => (code === language ? "" : code);
  const sorted = [...(translations ?? [])].sort((left, right) =>
    rank(left.languageCode).localeCompare(rank(right.languageCode), "en"),
  );
  return sorted.map(({ name }) => name);
}
