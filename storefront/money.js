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
