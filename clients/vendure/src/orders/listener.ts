import { Inject, Injectable } from "@nestjs/common";
import {
  EventBus,
  Logger,
  type Order,
  OrderPlacedEvent,
  OrderStateTransitionEvent,
  RefundStateTransitionEvent,
  type RequestContext,
} from "@vendure/core";
import type { Subscription } from "rxjs";

import { LOGGED_AS } from "../sending/sender";
import { OrderFeed } from "./feed";
import { OrderReader } from "./reader";
import { SESSION_HEADER, sessionIdOf, sessionOf } from "./session_field";

/** Hears of orders once they are committed, and never holds one up. */
@Injectable()
export class OrderListener {
  private subscriptions: Subscription[] = [];

  constructor(
    @Inject(EventBus) private readonly bus: EventBus,
    @Inject(OrderFeed) private readonly feed: OrderFeed,
    @Inject(OrderReader) private readonly reader: OrderReader,
  ) {}

  start(): void {
    const { bus, feed } = this;
    this.subscriptions = [
      // Of the transitions this is the one that places an order, whatever the shop's process calls it.
      bus.ofType(OrderPlacedEvent).subscribe(({ ctx, order }) => void this.placed(ctx, order)),
      bus.ofType(OrderStateTransitionEvent).subscribe(({ toState, order }) => {
        if (toState === "Cancelled") feed.changed(String(order.id));
      }),
      bus.ofType(RefundStateTransitionEvent).subscribe(({ toState, order }) => {
        if (toState === "Settled") feed.changed(String(order.id));
      }),
    ];
  }

  stop(): void {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    this.feed.sender.stop();
  }

  private async placed(ctx: RequestContext, order: Order): Promise<void> {
    try {
      const named = sessionIdOf(ctx.req?.headers[SESSION_HEADER]);
      if (named !== null && sessionOf(order) === null) {
        await this.reader.keepSession(order, named);
      }
    } catch (error) {
      Logger.error(`Orders: the visit of an order could not be kept. ${String(error)}`, LOGGED_AS);
    }
    this.feed.changed(String(order.id));
  }
}
