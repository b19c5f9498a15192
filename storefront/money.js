/** Prices in the reader's own way of writing them. */

export function money(amount, currency) {
  if (amount === null || amount === undefined) return "";
  const whole = Number.isInteger(amount);
  return new Intl.NumberFormat(undefined, {
    style: "currency",
    currency: currency || "USD",
    minimumFractionDigits: whole ? 0 : 2,
  }).format(amount);
}

/** An amount in the smallest units of its currency, such as cents, of which `digits` are decimals. */
export function exactMoney(units, { currency, digits }) {
  return new Intl.NumberFormat(undefined, {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(decimal(units, digits));
}

/** The same amount as a decimal text: what a float would round stays as it is. */
export function decimal(units, digits) {
  const text = String(units).padStart(digits + 1, "0");
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** What products cost together; null where one has no price, or one in other money. */
export function sumOf(products) {
  const [{ currency }] = products;
  const add = (sum, product) => (
    sum === null || typeof product.price !== "number" || product.currency !== currency ? null : sum + product.price
  );
  return products.reduce(add, 0);
}
