/** Turns names of colours, as shops write them, into paints. */

const PAINTS = {
  beige: "#d3bd9c", black: "#33343a", blue: "#5680b5", brown: "#83593d", burgundy: "#7a2a3d",
  gray: "#8f9399", grey: "#8f9399", green: "#5c8a5f", "navy blue": "#2c3b62", navy: "#2c3b62",
  olive: "#7c7a45", orange: "#d9823f", pink: "#dd9bb0", purple: "#75538f", red: "#b9403f",
  turquoise: "#4aa3a3", violet: "#75608f", white: "#f7f4ee", yellow: "#e2bd4f", cream: "#efe4cc",
};
const MANY = ["#c8604e", "#e0b14f", "#5d8f86", "#5a6fa0"];
const UNKNOWN = ["#8aa39b", "#b08d78", "#8d8aa8", "#a3a07c", "#b38a98"];

export function hash(text) {
  let value = 2166136261;
  for (const letter of text) value = Math.imul(value ^ letter.codePointAt(0), 16777619);
  return value >>> 0;
}

/** The paints of a product: one, or several if it has many colours. */
export function paints(colour, id) {
  const name = (colour ?? "").toLowerCase();
  if (name.includes("many") || name.includes("multi")) return MANY;
  const found = PAINTS[name] ?? Object.entries(PAINTS).find(([paint]) => name.includes(paint))?.[1];
  return [found ?? UNKNOWN[hash(id) % UNKNOWN.length]];
}
