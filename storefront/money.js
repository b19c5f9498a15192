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

/** What products cost together; null where one has no price, or one in other money. */
export function sumOf(products) {
  const [{ currency }] = products;
  const add = (sum, product) => (
    sum === null || typeof product.price !== "number" || product.currency !== currency ? null : sum + product.price
  );
  return products.reduce(add, 0);
}
