/** Prices in the reader's own way of writing them. */

export interface Priced {
  price: number | null;
  currency: string;
}

const formats = new Map<string, Intl.NumberFormat>();
/** More than a shop has: what strangers write into a catalogue is no reason to keep ever more. */
const MOST_FORMATS = 50;

/** How a currency is written; made once, for making one takes longer than using it for a page. */
function formatOf(currency: string, digits: { minimumFractionDigits?: number; maximumFractionDigits?: number }): Intl.NumberFormat {
  const name = `${currency} ${digits.minimumFractionDigits} ${digits.maximumFractionDigits}`;
  const known = formats.get(name);
  if (known) return known;
  const made = new Intl.NumberFormat(undefined, { style: "currency", currency, ...digits });
  if (formats.size < MOST_FORMATS) formats.set(name, made);
  return made;
}

export function money(amount: number | null | undefined, currency: string): string {
  if (amount === null || amount === undefined || !Number.isFinite(amount)) return "";
  const digits = Number.isInteger(amount) ? { minimumFractionDigits: 0 } : {};
  try {
    return formatOf(currency || "USD", digits).format(amount);
  } catch {
    // A code that is none: the amount is still the amount.
    return `${amount.toFixed(2)} ${currency}`;
  }
}

/** Make a first format ahead of a price: the browser then reads its tables, for 20 ms and more on a phone. */
export function readFormats(): void {
  formatOf("USD", {});
}

/** An amount in the smallest units of its currency, such as cents, of which `digits` are decimals. */
export function exactMoney(units: number, { currency, digits }: { currency: string; digits: number }): string {
  const text = decimal(units, digits);
  try {
    return formatOf(currency, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(text as `${number}`);
  } catch {
    // A code that is none, as above.
    return `${text} ${currency}`;
  }
}

/** The same amount as a decimal text: what a float would round stays as it is. */
export function decimal(units: number, digits: number): string {
  const text = String(units).padStart(digits + 1, "0");
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** What products cost together; null where one has no price, or one in other money. */
export function sumOf(products: readonly Priced[]): number | null {
  const currency = products[0]?.currency;
  return products.reduce<number | null>(
    (sum, product) =>
      sum === null || product.price === null || product.currency !== currency ? null : sum + product.price,
    products.length === 0 ? null : 0,
  );
}
