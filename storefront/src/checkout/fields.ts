/** The form of an order: what has to be filled in, and what is said where it is not. */

export type FieldName = "name" | "email" | "street" | "postcode" | "city" | "country";

export interface Field {
  name: FieldName;
  label: string;
  autoComplete: string;
  type: "text" | "email";
  /** Said where it is empty. */
  missing: string;
}

export const FIELDS: readonly Field[] = [
  { name: "name", label: "Full name", autoComplete: "name", type: "text", missing: "Write the name on the parcel." },
  { name: "email", label: "E-mail", autoComplete: "email", type: "email", missing: "Write an e-mail address for the receipt." },
  { name: "street", label: "Street and number", autoComplete: "street-address", type: "text", missing: "Write where the parcel should go." },
  { name: "postcode", label: "Postcode", autoComplete: "postal-code", type: "text", missing: "Write the postcode." },
  { name: "city", label: "City", autoComplete: "address-level2", type: "text", missing: "Write the city." },
  { name: "country", label: "Country", autoComplete: "country-name", type: "text", missing: "Write the country." },
];

export const LONGEST = 120;
const POSTCODE = /^[\p{L}\p{N}][\p{L}\p{N} -]{1,11}$/u;

export type Written = Readonly<Record<FieldName, string>>;
export type Faults = Readonly<Partial<Record<FieldName, string>>>;

export const NOTHING_WRITTEN: Written = { name: "", email: "", street: "", postcode: "", city: "", country: "" };

/** What is wrong, by field, in the order of the form; nothing where the order may go. */
export function faultsOf(written: Written): Faults {
  return Object.fromEntries(FIELDS.flatMap(({ name, missing }) => {
    const fault = faultOf(name, written[name].trim(), missing);
    return fault ? [[name, fault]] : [];
  }));
}

function faultOf(name: FieldName, text: string, missing: string): string | null {
  if (text === "") return missing;
  if (text.length > LONGEST) return `Write at most ${LONGEST} characters.`;
  if (name === "email" && !isEmail(text)) return "Write it like ann@example.org.";
  if (name === "postcode" && !POSTCODE.test(text)) return "Write it with letters and digits, like 10115.";
  return null;
}

/** A name, an @, and a host of at least two parts; whether it exists only a letter to it can tell. */
function isEmail(text: string): boolean {
  const [name, host, ...more] = text.split("@");
  const parts = host?.split(".") ?? [];
  return Boolean(name) && more.length === 0 && parts.length > 1 && parts.every(Boolean) && !/\s/.test(text);
}
