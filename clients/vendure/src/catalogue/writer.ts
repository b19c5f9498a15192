import { Inject, Injectable } from "@nestjs/common";
import { Logger } from "@vendure/core";

import { FittingRoomApi } from "../api/client";
import { AwayError, RefusedError } from "../api/failures";
import type { CategoryRow, LineVerdict, ProductRow } from "../api/shapes";
import { SETTINGS, type Settings } from "../options";
import { LOGGED_AS } from "../sending/sender";
import { RecentKeys } from "./recent_keys";

const MOST_NAMED = 5;
/** Another process of the shop may put a key again at any time. */
const RETIRED_SECONDS = 60;

/** Writes the catalogue; what Fitting Room will never take is said once and given up. */
@Injectable()
export class CatalogueWriter {
  /** Rows that were not taken since the start. */
  rejected = 0;
  /** What was retired a moment ago needs no second call. */
  private readonly retired: RecentKeys;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(FittingRoomApi) private readonly api: FittingRoomApi,
  ) {
    this.retired = new RecentKeys(settings.queueLimit, RETIRED_SECONDS);
  }

  /** Retire again what is asked for, whatever was retired before. */
  forgetRetired(): void {
    this.retired.clear();
  }

  async put(rows: readonly ProductRow[]): Promise<void> {
    // A call of the batch's size, however many variants its products have.
    for (let start = 0; start < rows.length; start += this.settings.batchSize) {
      const part = rows.slice(start, start + this.settings.batchSize);
      // A call that is cut may have been taken.
      for (const row of part) this.retired.delete(row.id);
      await this.unlessRefused(part.length, async () => this.note(await this.api.putProducts(part)));
    }
  }

  async putCategories(rows: readonly CategoryRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.unlessRefused(rows.length, async () => this.note(await this.api.putCategories(rows)));
  }

  async retire(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      if (this.retired.has(key)) continue;
      await this.unlessRefused(1, async () => {
        await this.api.retireProduct(key);
        this.retired.add(key);
      });
    }
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
