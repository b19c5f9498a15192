/** The last order of this tab, so that its thanks survive a reload. Nothing of an address is kept. */

import { tabStorage } from "../storage/kept.ts";

export const ORDER_KEY = "fr.shop.order";

export interface DoneOrder {
  orderId: string;
  sum: string;
  lines: readonly { productId: string; title: string; quantity: number }[];
}

export function doneOrderOf(stored: unknown): DoneOrder | null {
  const order = stored as Partial<DoneOrder> | null;
  if (typeof order?.orderId !== "string" || typeof order.sum !== "string" || !Array.isArray(order.lines)) return null;
  const lines = order.lines.filter((line) => typeof line?.productId === "string" && typeof line.title === "string" && typeof line.quantity === "number");
  return { orderId: order.orderId, sum: order.sum, lines };
}

export const readDoneOrder = (): DoneOrder | null => doneOrderOf(tabStorage.read(ORDER_KEY));
export const keepDoneOrder = (order: DoneOrder): void => tabStorage.write(ORDER_KEY, order);
export const forgetDoneOrder = (): void => tabStorage.remove(ORDER_KEY);
