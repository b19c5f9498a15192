import { Inject, Injectable } from "@nestjs/common";
import { Logger } from "@vendure/core";

import { FittingRoomApi } from "../api/client";
import { AwayError, RefusedError } from "../api/failures";
import type { CategoryRow, LineVerdict, ProductRow } from "../api/shapes";
import { SETTINGS, type Settings } from "../options";
import { LOGGED_AS } from "../sending/sender";

const MOST_NAMED = 5;
/** Bytes of a call, where a product alone has not more: a proxy may take no more than 1 MiB. */
const CALL_BYTES = 900_000;

/** Writes the catalogue; what Fitting Room will never take is said once and given up. */
@Injectable()
export class CatalogueWriter {
  /** Rows that were not taken since the start. */
  rejected = 0;
  /** Keys that were not deleted, and of which it was said. */
  private readonly kept = new Set<string>();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(FittingRoomApi) private readonly api: FittingRoomApi,
  ) {}

  async put(rows: readonly ProductRow[]): Promise<void> {
    for (const part of callsOf(rows, this.settings.batchSize)) {
      await this.unlessRefused(part.length, async () => this.note(await this.api.putProducts(part)));
    }
  }

  async putCategories(rows: readonly CategoryRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.unlessRefused(rows.length, async () => this.note(await this.api.putCategories(rows)));
  }

  async retire(keys: readonly string[]): Promise<void> {
    await this.removeEach(keys, (key) => this.api.retireProduct(key));
  }

  /** One with products on sale, or others below it, stays until the next full sync. */
  async deleteCategories(keys: readonly string[]): Promise<void> {
    await this.removeEach(keys, (key) => this.api.deleteCategory(key));
  }

  /** What is refused stays: each full sync tries it again, and it is said the first time. */
  private async removeEach(keys: readonly string[], remove: (key: string) => Promise<unknown>): Promise<void> {
    const refused: string[] = [];
    try {
      for (const key of keys) {
        try {
          await remove(key);
          this.kept.delete(key);
        } catch (error) {
          if (!(error instanceof RefusedError)) throw error;
          if (!this.kept.has(key)) refused.push(error.message);
          this.kept.add(key);
        }
      }
    } finally {
      this.noteKept(refused);
    }
  }

  private noteKept(refused: readonly string[]): void {
    if (refused.length === 0) return;
    this.rejected += refused.length;
    const named = refused.slice(0, MOST_NAMED).join(" ");
    Logger.error(
      `Catalogue: ${refused.length} were not taken out. ${named} ` +
        "Let DELETE through to Fitting Room, then run `syncFittingRoom`; the rest goes on.",
      LOGGED_AS,
    );
  }

  private note(verdicts: readonly LineVerdict[]): void {
    if (verdicts.some((verdict) => verdict.verdict === "failed")) {
      throw new AwayError("Fitting Room could not store a part of the catalogue.");
    }
    const rejected = verdicts.filter((verdict) => verdict.verdict === "rejected");
    if (rejected.length === 0) return;
    this.rejected += rejected.length;
    const named = rejected.slice(0, MOST_NAMED).map(({ id, errors }) => `${id}: ${errors?.[0]?.detail ?? "?"}`);
    Logger.error(`Catalogue: ${rejected.length} rows were not taken. ${named.join(" ")}`, LOGGED_AS);
  }

  private async unlessRefused(count: number, call: () => Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.rejected += count;
      Logger.error(`Catalogue: ${error.message} It is given up.`, LOGGED_AS);
    }
  }
}

/** A call of the batch's size, however many variants the products have and however long their texts are. */
export function callsOf(rows: readonly ProductRow[], most: number): ProductRow[][] {
  const calls: ProductRow[][] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row)) + 1;
    const last = calls.at(-1);
    bytes += size;
    if (last && last.length < most && bytes <= CALL_BYTES) last.push(row);
    else {
      calls.push([row]);
      bytes = size;
    }
  }
  return calls;
}
