import { Inject, Injectable } from "@nestjs/common";
import { Logger } from "@vendure/core";

import { FittingRoomApi } from "../api/client";
import { RefusedError } from "../api/failures";
import type { EventVerdict, OrderRow } from "../api/shapes";
import { SETTINGS, type Settings } from "../options";
import { LOGGED_AS, Sender } from "../sending/sender";
import { WaitingIds } from "../sending/waiting_ids";
import { rowsOfOrder } from "./order_rows";
import { OrderReader } from "./reader";

/** Fitting Room takes events of the last 48 hours; an hour is left for a clock that is wrong. */
const LOOK_BACK_HOURS = 47;
/** Of one call, which has 1,000 events and 2 MiB at most. */
const EVENTS_AT_ONCE = 500;
const LINES_AT_ONCE = 5_000;
const MOST_NAMED = 5;

/**
 * Sends orders and refunds in the background.
 *
 * The shop's own tables are the queue: here only ids wait, and what a restart or a full queue has lost
 * is found by a look at the last 47 hours. Ids of events make a repeat harmless.
 */
@Injectable()
export class OrderFeed {
  readonly sender: Sender;
  private readonly orders: WaitingIds;
  private wantsLook = false;
  private lookedUntil: string | null = null;
  /** Events that Fitting Room has taken, and that it would not, since the start. */
  sent = 0;
  rejected = 0;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(FittingRoomApi) private readonly api: FittingRoomApi,
    @Inject(OrderReader) private readonly reader: OrderReader,
  ) {
    this.orders = new WaitingIds(settings.queueLimit);
    this.sender = new Sender("Orders", settings, () => this.step());
  }

  get waiting(): number {
    return this.orders.size;
  }

  changed(orderId: string): void {
    this.orders.add(orderId);
    this.sender.wake();
  }

  lookBack(): void {
    this.wantsLook = true;
    this.lookedUntil = null;
    this.sender.wake();
  }

  /** Return whether there is more. */
  private async step(): Promise<boolean> {
    if (this.orders.takeOverflow()) this.lookBack();
    if (this.wantsLook) await this.look();
    const ids = this.orders.take(this.settings.batchSize);
    try {
      await this.send(ids);
      this.orders.finish();
    } catch (error) {
      this.orders.giveBack();
      throw error;
    }
    return this.orders.size > 0 || this.wantsLook;
  }

  /** Fill up a batch: what has just come in goes first, and leaves room for some of the look each time. */
  private async look(): Promise<void> {
    const room = Math.min(this.settings.batchSize, this.settings.queueLimit) - this.orders.size;
    if (room <= 0) return;
    const since = new Date(Date.now() - LOOK_BACK_HOURS * 3_600_000);
    const found = await this.reader.idsSince(since, this.lookedUntil, room);
    for (const id of found) this.orders.add(id);
    this.lookedUntil = found.at(-1) ?? this.lookedUntil;
    this.wantsLook = found.length > 0;
  }

  private async send(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const orders = await this.reader.read(ids);
    const oldest = new Date(Date.now() - LOOK_BACK_HOURS * 3_600_000).toISOString();
    const rows = orders.flatMap(rowsOfOrder).filter((row) => row.occurred_at > oldest);
    for (const batch of batchesOf(rows)) await this.sendBatch(batch);
  }

  private async sendBatch(rows: readonly OrderRow[]): Promise<void> {
    try {
      this.note(rows, await this.api.track(rows));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.rejected += rows.length;
      Logger.error(`Orders: ${rows.length} events were refused. ${error.message}`, LOGGED_AS);
    }
  }

  private note(rows: readonly OrderRow[], verdicts: readonly EventVerdict[]): void {
    // A visit that agrees to nothing is no fault.
    const refused = verdicts.flatMap((verdict, place) =>
      verdict.verdict === "rejected" && verdict.code !== "no_consent"
        ? [`${rows[place]?.order_id}: ${verdict.detail ?? verdict.code}`]
        : [],
    );
    this.sent += rows.length - refused.length;
    this.rejected += refused.length;
    if (refused.length === 0) return;
    Logger.error(`Orders: ${refused.length} events were not taken. ${refused.slice(0, MOST_NAMED).join(" ")}`, LOGGED_AS);
  }
}

export function batchesOf(rows: readonly OrderRow[]): OrderRow[][] {
  const batches: OrderRow[][] = [];
  let lines = 0;
  for (const row of rows) {
    const last = batches.at(-1);
    lines += row.lines.length;
    if (last && last.length < EVENTS_AT_ONCE && lines <= LINES_AT_ONCE) last.push(row);
    else {
      batches.push([row]);
      lines = row.lines.length;
    }
  }
  return batches;
}
