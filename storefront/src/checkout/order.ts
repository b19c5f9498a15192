/** An order as events: exact prices, and the decisions that suggested its bundles. */

import type { EventFields, OrderLine } from "@fitting-room/client";

import type { BagLine } from "../bag/bag.ts";
import { decimalOf } from "../cart/amounts.ts";
import { bundlesOf, type Charged, type ChargedLine } from "../cart/charges.ts";

const CURRENCY = /^[A-Z]{3}$/;
const LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/** Short enough to be read out, and of letters that nobody mixes up. */
export function newOrderId(random: (bytes: Uint8Array) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  const letters = [...random(new Uint8Array(12))].map((byte) => LETTERS[byte % LETTERS.length]).join("");
  return `FR-${letters.slice(0, 4)}-${letters.slice(4, 8)}-${letters.slice(8)}`;
}

/**
 * The events of an order, usually one. A whole bundle is an event of its own under the same number,
 * since an event names one decision: beside other lines theirs would be lost. Other lines need
 * none: what put them into the bag has named it.
 */
export function orderEvents(orderId: string, { lines }: Pick<Charged, "lines">): readonly EventFields[] {
  const bundles = bundlesOf(lines.map(({ line }) => line));
  const plain = lines.filter(({ line }) => !bundles.has(line.suggested?.bundle_id ?? ""));
  const whole = [...bundles].map(([id, members]) => bundleFields(id, members, lines));
  const parts = plain.length > 0 ? [{ lines: orderLines(plain) }, ...whole] : whole;
  return parts.map((part) => ({ order_id: orderId, ...part }));
}

function bundleFields(id: string, members: readonly BagLine[], lines: readonly ChargedLine[]): EventFields {
  const ids = new Set(members.map(({ line_id: line }) => line));
  const suggested = members[0]?.suggested;
  return {
    lines: orderLines(lines.filter(({ line }) => ids.has(line.line_id))),
    bundle_id: id,
    ...(suggested ? { decision_id: suggested.decision_id } : {}),
  };
}

/** A line for each price. Prices in money that has no code are left out: the catalogue's count then. */
function orderLines(lines: readonly ChargedLine[]): OrderLine[] {
  return lines.flatMap(({ line, charges }) => charges.map(({ pieces, each }) => ({
    product_id: line.product_id,
    quantity: pieces,
    ...(each && CURRENCY.test(each.currency) ? { unit_price: decimalOf(each), currency: each.currency } : {}),
  })));
}
