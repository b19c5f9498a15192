import { Inject, Injectable } from "@nestjs/common";
import { type ID, Logger } from "@vendure/core";

import { FittingRoomApi } from "../api/client";
import { collectionKey, idOf, productKey, variantKey } from "../ids";
import { SETTINGS, type Settings } from "../options";
import { LOGGED_AS, Sender } from "../sending/sender";
import { WaitingIds } from "../sending/waiting_ids";
import { ProductSender } from "./product_sender";
import { CatalogueReader } from "./reader";
import { CatalogueSync, otherCategories } from "./sync";
import { CatalogueWriter } from "./writer";

/** Sends what has changed, read at the moment of sending: order and repeats do not matter. */
@Injectable()
export class CatalogueFeed {
  readonly sender: Sender;
  /** Keys of products, variants and collections, in one queue: a collection goes after what was in it. */
  private readonly changes: WaitingIds;
  private wantsCategories = false;
  private wantsDeletion = false;
  private wantsSync = false;
  private mayShrink = false;
  private sync: CatalogueSync | null = null;
  lastSyncAt: Date | null = null;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(FittingRoomApi) private readonly api: FittingRoomApi,
    @Inject(CatalogueReader) private readonly reader: CatalogueReader,
    @Inject(CatalogueWriter) private readonly writer: CatalogueWriter,
    @Inject(ProductSender) private readonly products: ProductSender,
  ) {
    this.changes = new WaitingIds(settings.queueLimit);
    this.sender = new Sender("Catalogue", settings, () => this.step());
  }

  get waiting(): number {
    return this.changes.size;
  }

  /** Whether a full sync is asked for or under way. */
  get isSyncing(): boolean {
    return this.wantsSync || this.sync !== null;
  }

  productsChanged(ids: readonly ID[]): void {
    this.change(ids.map(productKey));
  }

  variantsChanged(ids: readonly ID[]): void {
    this.change(ids.map(variantKey));
  }

  collectionsChanged(): void {
    this.wantsCategories = true;
    this.sender.wake();
  }

  /** All that are gone from the shop are looked for. */
  collectionsDeleted(): void {
    this.wantsDeletion = true;
    this.collectionsChanged();
  }

  /**
   * One that is under way comes to its end first; however many are asked for meanwhile, one follows. With
   * `mayShrink` it also retires what is gone where that is most of the catalogue.
   */
  syncAll({ mayShrink = false } = {}): void {
    this.wantsSync = true;
    this.mayShrink ||= mayShrink;
    this.sender.wake();
  }

  private change(keys: readonly string[]): void {
    for (const key of keys) this.changes.add(key);
    this.sender.wake();
  }

  /** Return whether there is more. */
  private async step(): Promise<boolean> {
    // A full look finds what there was no room for.
    if (this.changes.takeOverflow()) this.wantsSync = true;
    if (this.wantsCategories) await this.sendCategories();
    // What has just changed goes before the rest of the shop, and a page of the rest after each batch of it:
    // changes without end hold up no sync.
    await this.sendFrom(this.changes);
    if (this.isSyncing) await this.goOnWithSync();
    return this.waiting > 0 || this.wantsCategories || this.isSyncing;
  }

  private async sendCategories(): Promise<void> {
    const { wantsDeletion } = this;
    this.wantsCategories = this.wantsDeletion = false;
    try {
      const rows = (await this.reader.shelf()).tree.rows();
      await this.writer.putCategories(rows);
      if (wantsDeletion) this.change(await otherCategories(this.api, rows));
    } catch (error) {
      this.wantsCategories = true;
      this.wantsDeletion ||= wantsDeletion;
      throw error;
    }
  }

  private async sendFrom(queue: WaitingIds): Promise<void> {
    const keys = queue.take(this.settings.batchSize);
    if (keys.length === 0) return;
    try {
      await this.sendNow(keys);
      queue.finish();
    } catch (error) {
      queue.giveBack();
      throw error;
    }
  }

  private async sendNow(keys: readonly string[]): Promise<void> {
    const variants = keys.flatMap((key) => idOf(variantKey, key) ?? []);
    const parents = await this.reader.productsOf(variants);
    const named = keys.flatMap((key) => idOf(productKey, key) ?? []);
    const ids = [...new Set([...named, ...parents.values()])];
    const { onSale, unread } = await this.products.send(ids);
    const gone = [
      ...ids.filter((id) => !unread.has(id)).map(productKey),
      ...variants.filter((id) => !unread.has(parents.get(id) ?? "")).map(variantKey),
    ];
    await this.writer.retire(gone.filter((key) => !onSale.has(key)));
    // Once their products are elsewhere; one that is still in use stays until the next full sync.
    await this.writer.deleteCategories(keys.filter((key) => idOf(collectionKey, key) !== null));
  }

  private async goOnWithSync(): Promise<void> {
    this.sync ??= this.beginSync();
    const { sync } = this;
    if (!sync.isRead) await sync.step();
    // Looked at once more: they may have come back since their page was read.
    else await this.sendFrom(sync.others);
    if (!sync.isRead || sync.others.size > 0) return;
    this.lastSyncAt = new Date();
    Logger.info(`Catalogue: a full sync sent ${sync.sent} products.`, LOGGED_AS);
    if (sync.doubt !== null) {
      Logger.error(
        `Catalogue: this shop has not ${sync.doubt} that Fitting Room shows as its own. Nothing was retired: is it ` +
          "the right shop and channel? If so, run `mutation { syncFittingRoom(shrink: true) { isSyncing } }`.",
        LOGGED_AS,
      );
    }
    this.sync = null;
  }

  private beginSync(): CatalogueSync {
    const { settings, api, reader, writer, products, mayShrink } = this;
    this.wantsSync = this.mayShrink = false;
    return new CatalogueSync(settings, api, reader, writer, products, mayShrink);
  }
}
