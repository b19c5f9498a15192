import type { OrderLineRow, OrderRow } from "../api/shapes";
import { byId, variantKey } from "../ids";

/** What is read of Vendure of one order. */
export interface ReadOrder {
  id: string;
  code: string;
  sessionId: string;
  placedAt: Date;
  currency: string;
  /** Decimals of a price: 1234 is 12.34 with 2. */
  precision: number;
  pricesWithTax: boolean;
  lines: readonly ReadLine[];
  refunds: readonly ReadRefund[];
  cancelledAt: Date | null;
}

export interface ReadLine {
  id: string;
  variantId: string;
  quantity: number;
  orderPlacedQuantity: number;
  listPrice: number;
  listPriceIncludesTax: boolean;
  taxRate: number;
  adjustments: readonly { amount: number }[];
}

export interface ReadRefund {
  id: string;
  createdAt: Date;
  settledAt: Date | null;
  /** In minor units, with tax and shipping. */
  total: number;
  lines: readonly { lineId: string; quantity: number }[];
}

/** An event takes 100 products; a longer order comes in parts of one number. */
const MOST_LINES = 100;
/** Most decimals of a price that Fitting Room reads. */
const MOST_DECIMALS = 6;

/**
 * Return all that is to say of the order. The ids are made of Vendure's, so that saying it again is safe.
 *
 * A refund of less than its lines cost gives back that share of their prices: Vendure names all lines in each of
 * the refunds of an order that was paid by two payments. A cancellation gives back what no earlier refund has; a
 * refund after it says nothing new.
 */
export function rowsOfOrder(order: ReadOrder): OrderRow[] {
  const { cancelledAt } = order;
  const counted = order.refunds.filter((refund) => cancelledAt === null || refund.createdAt < cancelledAt);
  const refunds = counted.flatMap((refund) => {
    const { id, settledAt, lines } = refund;
    if (settledAt === null) return [];
    return parts(order, "refund", `refund-${id}`, settledAt, quantitiesOf(lines), shareOf(order, refund));
  });
  const checkout = parts(order, "checkout", `order-${order.id}`, order.placedAt, placedQuantities(order));
  if (cancelledAt === null) return [...checkout, ...refunds];
  const left = placedQuantities(order);
  for (const refund of counted) {
    const share = shareOf(order, refund);
    for (const { lineId, quantity } of refund.lines) left.set(lineId, (left.get(lineId) ?? 0) - quantity * share);
  }
  const pieces = new Map([...left].map(([lineId, quantity]) => [lineId, Math.round(quantity)]));
  return [...checkout, ...refunds, ...parts(order, "refund", `cancellation-${order.id}`, cancelledAt, pieces)];
}

function parts(
  order: ReadOrder,
  type: OrderRow["type"],
  eventId: string,
  at: Date,
  quantities: ReadonlyMap<string, number>,
  share = 1,
): OrderRow[] {
  // In whatever order a database has them: each part of an order keeps its lines.
  const sorted = [...order.lines].sort(byId);
  const lines = sorted.flatMap((line) => lineRow(order, line, quantities.get(line.id) ?? 0, share) ?? []);
  const events: OrderRow[] = [];
  for (let start = 0; start < lines.length; start += MOST_LINES) {
    events.push({
      type,
      event_id: start === 0 ? eventId : `${eventId}.${start / MOST_LINES}`,
      session_id: order.sessionId,
      occurred_at: at.toISOString(),
      order_id: order.code,
      lines: lines.slice(start, start + MOST_LINES),
    });
  }
  return events;
}

function lineRow(order: ReadOrder, line: ReadLine, quantity: number, share: number): OrderLineRow | null {
  if (quantity <= 0) return null;
  const price = (share * paidUnitPrice(line, order.pricesWithTax)) / 10 ** order.precision;
  return {
    product_id: variantKey(line.variantId),
    quantity,
    unit_price: Math.max(0, price).toFixed(Math.min(order.precision, MOST_DECIMALS)),
    currency: order.currency,
  };
}

/**
 * Price of one piece after all discounts, in minor units.
 *
 * Vendure's own `proratedUnitPrice` forgets the discounts of a line of which nothing is left.
 */
function paidUnitPrice(line: ReadLine, withTax: boolean): number {
  const pieces = Math.max(line.orderPlacedQuantity, line.quantity, 1);
  const discount = line.adjustments.reduce((sum, adjustment) => sum + adjustment.amount, 0) / pieces;
  const price = line.listPrice + discount;
  if (line.listPriceIncludesTax === withTax) return price;
  const factor = 1 + line.taxRate / 100;
  return withTax ? price * factor : price / factor;
}

/** Part of the price of its lines that a refund gives back, 0 to 1. */
function shareOf(order: ReadOrder, { lines, total }: ReadRefund): number {
  const quantities = quantitiesOf(lines);
  let paid = 0;
  let pieces = 0;
  for (const line of order.lines) {
    const quantity = quantities.get(line.id) ?? 0;
    pieces += quantity;
    paid += quantity * paidUnitPrice(line, true);
  }
  // Vendure rounds each piece.
  return total + pieces >= paid ? 1 : Math.max(0, total) / paid;
}

function placedQuantities(order: ReadOrder): Map<string, number> {
  return new Map(order.lines.map((line) => [line.id, line.orderPlacedQuantity]));
}

function quantitiesOf(lines: ReadRefund["lines"]): Map<string, number> {
  const quantities = new Map<string, number>();
  for (const { lineId, quantity } of lines) quantities.set(lineId, (quantities.get(lineId) ?? 0) + quantity);
  return quantities;
}
