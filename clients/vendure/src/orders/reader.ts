import { Inject, Injectable } from "@nestjs/common";
import { SortOrder } from "@vendure/common/lib/generated-types";
import {
  HistoryService,
  idsAreEqual,
  Order,
  type Refund,
  type RequestContext,
  TransactionalConnection,
} from "@vendure/core";
import { In, IsNull, MoreThan, Not } from "typeorm";

import { FedChannel } from "../channel";
import { SETTINGS, type Settings } from "../options";
import type { ReadOrder, ReadRefund } from "./order_rows";
import { sessionOf } from "./session_field";

/** A cancelled order goes nowhere from there. */
const LAST_TRANSITIONS = 10;

/** What Vendure keeps of orders that a visit has placed. */
@Injectable()
export class OrderReader {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(TransactionalConnection) private readonly connection: TransactionalConnection,
    @Inject(HistoryService) private readonly history: HistoryService,
    @Inject(FedChannel) private readonly channel: FedChannel,
  ) {}

  /** Return those that were placed in the channel that is fed, in a visit that is known. */
  async read(ids: readonly string[]): Promise<ReadOrder[]> {
    const ctx = await this.channel.context();
    const orders = await this.connection.getRepository(ctx, Order).find({
      where: { id: In([...ids]), orderPlacedAt: Not(IsNull()) },
      relations: { lines: true, channels: true, payments: { refunds: { lines: true } } },
      // A row for each line and each line of a refund would be their product.
      relationLoadStrategy: "query",
    });
    const found: ReadOrder[] = [];
    for (const order of orders) {
      const sessionId = sessionOf(order);
      const isOfChannel = order.channels.some((channel) => idsAreEqual(channel.id, ctx.channelId));
      if (sessionId === null || !isOfChannel || !order.orderPlacedAt) continue;
      found.push({
        id: String(order.id),
        code: order.code,
        sessionId,
        placedAt: order.orderPlacedAt,
        currency: order.currencyCode,
        precision: this.channel.precision,
        pricesWithTax: this.settings.pricesWithTax,
        lines: order.lines.map(readLine),
        refunds: order.payments.flatMap((payment) => payment.refunds.filter(isOfUse).map(readRefund)),
        cancelledAt: order.state === "Cancelled" ? await this.cancelledAt(ctx, order) : null,
      });
    }
    return found;
  }

  /** Return orders that were placed, or that were changed or refunded since then, in the order of ids. */
  async idsSince(since: Date, after: string | null, count: number): Promise<string[]> {
    const ctx = await this.channel.context();
    const isNext = { orderPlacedAt: Not(IsNull()), ...(after !== null && { id: MoreThan(after) }) };
    const orders = await this.connection.getRepository(ctx, Order).find({
      select: { id: true },
      // A refund leaves its order as it was.
      where: [
        { ...isNext, updatedAt: MoreThan(since) },
        { ...isNext, payments: { refunds: { updatedAt: MoreThan(since) } } },
      ],
      order: { id: "ASC" },
      take: count,
    });
    return orders.map((order) => String(order.id));
  }

  /** Write the visit that a header named into the order, where nothing else has. */
  async keepSession(order: Order, sessionId: string): Promise<void> {
    const ctx = await this.channel.context();
    await this.connection
      .getRepository(ctx, Order)
      .update(order.id, { customFields: { fittingRoomSession: sessionId } as Order["customFields"] });
  }

  private async cancelledAt(ctx: RequestContext, order: Order): Promise<Date> {
    const { items } = await this.history.getHistoryForOrder(ctx, order.id, false, {
      filter: { type: { eq: "ORDER_STATE_TRANSITION" } },
      sort: { createdAt: SortOrder.DESC },
      take: LAST_TRANSITIONS,
    });
    const entry = items.find(({ data }) => (data as { to?: unknown }).to === "Cancelled");
    return entry?.createdAt ?? order.updatedAt;
  }
}

function readLine(line: Order["lines"][number]): ReadOrder["lines"][number] {
  return {
    id: String(line.id),
    variantId: String(line.productVariantId),
    quantity: line.quantity,
    orderPlacedQuantity: line.orderPlacedQuantity,
    listPrice: line.listPrice,
    listPriceIncludesTax: line.listPriceIncludesTax,
    taxRate: line.taxRate,
    adjustments: line.adjustments ?? [],
  };
}

function isOfUse(refund: Refund): boolean {
  return refund.state !== "Failed";
}

function readRefund(refund: Refund): ReadRefund {
  return {
    id: String(refund.id),
    createdAt: refund.createdAt,
    settledAt: refund.state === "Settled" ? refund.updatedAt : null,
    total: refund.total,
    lines: refund.lines.map((line) => ({ lineId: String(line.orderLineId), quantity: line.quantity })),
  };
}
