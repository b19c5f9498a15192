/** Turns names of colours, as shops write them, into paints. */

const PAINTS: Readonly<Record<string, string>> = {
  beige: "#cdb693", black: "#2f3035", blue: "#4f76a3", brown: "#7a5437", burgundy: "#6d2838",
  camel: "#b98b5a", charcoal: "#45474c", coral: "#d97862", cream: "#ebe0c8", denim: "#4d688a",
  gold: "#c9a24a", gray: "#8b8f94", grey: "#8b8f94", green: "#567f59", khaki: "#8f8a5f",
  lavender: "#a79bc6", "light blue": "#9dbbd4", magenta: "#a63a75", maroon: "#652531", mint: "#a9cdb6",
  mustard: "#c79a35", navy: "#28344f", "navy blue": "#28344f", olive: "#72704a", orange: "#cf7a3a",
  peach: "#e6b394", pink: "#d7a0ad", purple: "#6d5082", red: "#ab3b39", rust: "#a2533a",
  silver: "#b9bcbf", sky: "#9dc0dc", tan: "#c19a70", taupe: "#93846f", teal: "#35706f",
  turquoise: "#4a9a98", violet: "#6f5c93", white: "#f6f3ed", yellow: "#dcb84e",
};
const MANY = ["#b8604c", "#d2a552", "#5d867d", "#556a92"];
const UNKNOWN = ["#7f958d", "#a98871", "#83809c", "#98956f", "#a97d88", "#6d8496", "#b3a58c"];

export function hash(text: string): number {
  let value = 2166136261;
  for (const letter of text) value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 16777619);
  return value >>> 0;
}

/** The paints of a product: one, or several if it has many colours. */
export function paints(colour: string | null | undefined, id: string): readonly string[] {
  const name = (colour ?? "").toLowerCase().trim();
  if (name.includes("many") || name.includes("multi")) return MANY;
  const paint = PAINTS[name] ?? Object.entries(PAINTS).find(([known]) => name.includes(known))?.[1];
  return [paint ?? UNKNOWN[hash(id) % UNKNOWN.length] ?? "#83809c"];
}

/** The named colour of a title such as "Navy blue blouse", where the catalogue has none. */
export function colourIn(title: string): string | null {
  const words = ` ${title.toLowerCase().split(/[^a-z]+/).join(" ")} `;
  const names = Object.keys(PAINTS).sort((one, other) => other.length - one.length);
  return names.find((name) => words.includes(` ${name} `)) ?? null;
}
