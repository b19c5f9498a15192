import { useCallback, useEffect, useState } from "react";

import { piecesOf, readBag } from "../bag/bag";
import { useBagChanges } from "../bag/useBag";
import { amountText } from "../cart/amounts";
import type { Charged } from "../cart/charges";
import { useAct } from "../live/useAct";
import { onDeparture } from "../privacy/departures";
import { announce } from "../shell/announcer";
import { type DoneOrder, keepDoneOrder, readDoneOrder } from "./doneOrder";
import { newOrderId, orderEvents } from "./order";

export interface Ordering {
  /** The order that was placed last in this tab. */
  done: DoneOrder | null;
  place(charged: Charged): void;
}

/** Places the order once, however often it is asked for: what was ordered is no longer in the bag. */
export function useOrder(): Ordering {
  const act = useAct();
  const { takeOut } = useBagChanges();
  const [done, setDone] = useState<DoneOrder | null>(null);
  useEffect(() => {
    setDone(readDoneOrder());
    // Whoever comes next has not ordered it.
    return onDeparture(() => setDone(null));
  }, []);

  const place = useCallback((charged: Charged) => {
    const lines = charged.lines.map(({ line }) => line);
    const bag = readBag();
    const left = lines.filter(({ line_id: id, quantity }) => piecesOf(bag, id) === quantity);
    if (left.length < lines.length && left.length > 0) announce("Your bag has changed meanwhile. Please look at it once more.");
    // Another tab may have ordered it meanwhile, or changed what it comes to.
    if (lines.length === 0 || left.length < lines.length) return;
    const orderId = newOrderId();
    for (const fields of orderEvents(orderId, charged)) act("checkout", fields);
    const order = {
      orderId,
      sum: charged.total ? amountText(charged.total) : "",
      lines: lines.map(({ product_id: productId, product, quantity }) => ({ productId, title: product.title, quantity })),
    };
    keepDoneOrder(order);
    takeOut(lines);
    setDone(order);
  }, [act, takeOut]);
  return { done, place };
}
