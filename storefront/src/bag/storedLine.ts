/** A line as the browser has kept it: an earlier release, another program or a full disk may have spoiled it. */

import type { CardProduct } from "../catalogue/types.ts";
import type { BagLine, ExactAmount, Suggested } from "./bag.ts";
import { MOST_PIECES } from "./limits.ts";

/** As many decimals as prices of the shop have. */
const MOST_DIGITS = 6;

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields | null => (typeof value === "object" && value !== null ? (value as Fields) : null);
const isText = (value: unknown): value is string => typeof value === "string";
const isTextOrNone = (value: unknown): boolean => value === null || value === undefined || isText(value);
const isNumberOrNone = (value: unknown): boolean => value === null || value === undefined || Number.isFinite(value);
const isWhole = (value: unknown, least: number, most: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

/** The line, or null where it cannot be used. What is spoiled of its bundle only costs it the offer. */
export function storedLine(value: unknown): BagLine | null {
  const line = fieldsOf(value);
  if (line === null || !isText(line.line_id) || !isText(line.product_id) || !isWhole(line.quantity, 1, MOST_PIECES)) return null;
  const product = storedProduct(line.product, line.product_id);
  if (product === null) return null;
  const suggested = storedSuggestion(line.suggested);
  return {
    line_id: line.line_id, product_id: line.product_id, quantity: line.quantity, product, suggested,
    offered: suggested && storedAmount(line.offered),
  };
}

function storedProduct(value: unknown, id: string): CardProduct | null {
  const product = fieldsOf(value);
  if (product === null || product.product_id !== id || !isText(product.title) || !isText(product.category_id) || !isText(product.currency)) return null;
  const { image_url: image = null, price = null } = product;
  const hasTexts = [image, product.category_name, product.colour, product.brand, product.availability].every(isTextOrNone);
  const hasNumbers = [price, product.list_price, product.rating].every(isNumberOrNone);
  return hasTexts && hasNumbers ? ({ ...product, image_url: image, price } as unknown as CardProduct) : null;
}

function storedSuggestion(value: unknown): Suggested | null {
  const suggested = fieldsOf(value);
  if (suggested === null || !isText(suggested.bundle_id) || !isText(suggested.decision_id)) return null;
  const { bundle_id, decision_id, product_ids: ids } = suggested;
  if (ids === undefined) return { bundle_id, decision_id };
  return Array.isArray(ids) && ids.every(isText) ? { bundle_id, decision_id, product_ids: ids } : null;
}

function storedAmount(value: unknown): ExactAmount | null {
  const amount = fieldsOf(value);
  if (amount === null || !isText(amount.currency) || !isWhole(amount.units, 0, Number.MAX_SAFE_INTEGER) || !isWhole(amount.digits, 0, MOST_DIGITS)) return null;
  return { units: amount.units, currency: amount.currency, digits: amount.digits };
}
