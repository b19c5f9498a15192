/**
 * Exact money: in millionths of a currency, the smallest step that the shop's prices have. Floats
 * would show other cents than the order says.
 */

const DECIMALS = 6;
const LARGEST = 1_000_000_000;

export interface Amount {
  millionths: bigint;
  /** A code of ISO 4217; empty where the shop does not say. */
  currency: string;
}

/** Null of what is no price: nothing, below zero, or with more decimals than prices have. */
export function amountOf(price: number | string | null | undefined, currency: string): Amount | null {
  if (price === null || price === undefined) return null;
  const number = Number(price);
  if (!Number.isFinite(number) || number < 0 || number > LARGEST) return null;
  const text = typeof price === "number" && /e/i.test(String(price)) ? price.toFixed(DECIMALS) : String(price);
  const match = /^(\d+)(?:\.(\d{0,6})0*)?$/.exec(text);
  if (!match) return null;
  const [, whole = "0", part = ""] = match;
  return { millionths: BigInt(whole + part.padEnd(DECIMALS, "0")), currency };
}

export const times = ({ millionths, currency }: Amount, pieces: number): Amount => ({ millionths: millionths * BigInt(pieces), currency });

/** Null where an amount is missing, or one is in other money. */
export function sumOfAmounts(amounts: readonly (Amount | null)[]): Amount | null {
  const known = amounts.filter((amount) => amount !== null);
  const currency = known[0]?.currency;
  if (currency === undefined || known.length < amounts.length || known.some((amount) => amount.currency !== currency)) return null;
  return { millionths: known.reduce((sum, { millionths }) => sum + millionths, 0n), currency };
}

/** As the API takes it: "19.9", no more decimals than are needed. */
export function decimalOf({ millionths }: Amount): string {
  const digits = millionths.toString().padStart(DECIMALS + 1, "0");
  const part = digits.slice(-DECIMALS).replace(/0{1,6}$/, "");
  const whole = digits.slice(0, -DECIMALS);
  return part ? `${whole}.${part}` : whole;
}

/** In the reader's own way of writing; all decimals of the currency, since amounts stand below each other. */
export function amountText(amount: Amount): string {
  const text = decimalOf(amount);
  const decimals = text.split(".")[1]?.length ?? 0;
  try {
    const style = { style: "currency", currency: amount.currency || "USD" } as const;
    const usual = new Intl.NumberFormat(undefined, style).resolvedOptions().maximumFractionDigits ?? 2;
    const digits = Math.max(usual, decimals);
    return new Intl.NumberFormat(undefined, { ...style, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(text as `${number}`);
  } catch {
    // A code that is none: the amount is still the amount.
    return `${text} ${amount.currency}`;
  }
}
