import { Inject, Injectable } from "@nestjs/common";
import { type ID, Logger } from "@vendure/core";

import { FittingRoomApi } from "../api/client";
import { FedChannel } from "../channel";
import { collectionKey, productKey, variantKey } from "../ids";
import { SETTINGS, type Settings } from "../options";
import { LOGGED_AS, Sender } from "../sending/sender";
import { WaitingIds } from "../sending/waiting_ids";
import { rowsOf } from "./product_row";
import { CatalogueReader } from "./reader";
import { CatalogueSync } from "./sync";
import { CatalogueWriter } from "./writer";

/** Sends what has changed, read at the moment of sending: order and repeats do not matter. */
@Injectable()
export class CatalogueFeed {
  readonly sender: Sender;
  private readonly products: WaitingIds;
  private readonly variants: WaitingIds;
  private readonly goneCollections: WaitingIds;
  private wantsCategories = false;
  private wantsSync = false;
  private sync: CatalogueSync | null = null;
  lastSyncAt: Date | null = null;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(FittingRoomApi) private readonly api: FittingRoomApi,
    @Inject(CatalogueReader) private readonly reader: CatalogueReader,
    @Inject(CatalogueWriter) private readonly writer: CatalogueWriter,
    @Inject(FedChannel) private readonly channel: FedChannel,
  ) {
    this.products = new WaitingIds(settings.queueLimit);
    this.variants = new WaitingIds(settings.queueLimit);
    this.goneCollections = new WaitingIds(settings.queueLimit);
    this.sender = new Sender("Catalogue", settings, () => this.step());
  }

  get waiting(): number {
    return this.products.size + this.variants.size + this.goneCollections.size;
  }

  /** Whether a full sync is asked for or under way. */
  get isSyncing(): boolean {
    return this.wantsSync || this.sync !== null;
  }

  productsChanged(ids: readonly ID[]): void {
    for (const id of ids) this.products.add(String(id));
    this.sender.wake();
  }

  variantsChanged(ids: readonly ID[]): void {
    for (const id of ids) this.variants.add(String(id));
    this.sender.wake();
  }

  collectionsChanged(): void {
    this.wantsCategories = true;
    this.sender.wake();
  }

  collectionsDeleted(ids: readonly ID[]): void {
    for (const id of ids) this.goneCollections.add(String(id));
    this.sender.wake();
  }

  /** One that is under way comes to its end first; however many are asked for meanwhile, one follows. */
  syncAll(): void {
    this.wantsSync = true;
    this.sender.wake();
  }

  /** Return whether there is more. */
  private async step(): Promise<boolean> {
    // A full look finds what there was no room for.
    if (this.products.takeOverflow() || this.variants.takeOverflow()) this.wantsSync = true;
    if (this.wantsCategories) await this.sendCategories();
    await this.sendProducts();
    // Once their products are elsewhere.
    if (this.products.size + this.variants.size === 0) await this.deleteCategories();
    // What has just changed goes before the rest of the shop.
    if (this.waiting === 0 && this.isSyncing) await this.goOnWithSync();
    return this.waiting > 0 || this.wantsCategories || this.isSyncing;
  }

  private async sendCategories(): Promise<void> {
    this.wantsCategories = false;
    try {
      const ctx = await this.channel.context();
      await this.writer.putCategories((await this.reader.tree(ctx)).rows());
    } catch (error) {
      this.wantsCategories = true;
      throw error;
    }
  }

  private async sendProducts(): Promise<void> {
    const variants = this.variants.take(this.settings.batchSize);
    const products = this.products.take(this.settings.batchSize);
    if (variants.length + products.length === 0) return;
    try {
      await this.sendNow(products, variants);
      this.products.finish();
      this.variants.finish();
    } catch (error) {
      this.products.giveBack();
      this.variants.giveBack();
      throw error;
    }
  }

  private async sendNow(products: readonly string[], variants: readonly string[]): Promise<void> {
    const ctx = await this.channel.context();
    const parents = await this.reader.productsOf(ctx, variants);
    const ids = [...new Set([...products, ...parents.values()])];
    const onSale = await this.reader.read(ctx, ids, await this.reader.tree(ctx));
    await this.writer.put(onSale.flatMap((product) => rowsOf(product, this.settings)));
    const kept = new Set(onSale.map((product) => product.id));
    // With their variants.
    await this.writer.retire(ids.filter((id) => !kept.has(id)).map(productKey));
    const sold = new Set(onSale.flatMap((product) => product.variants.map((variant) => variant.id)));
    const gone = await this.reader.otherVariants(ctx, [...kept], sold);
    const unknown = variants.filter((id) => !parents.has(id));
    await this.writer.retire([...gone, ...unknown].map(variantKey));
  }

  private async deleteCategories(): Promise<void> {
    const ids = this.goneCollections.take(this.settings.batchSize);
    try {
      // One that is still in use stays until the next full sync.
      for (const id of ids) await this.api.deleteCategory(collectionKey(id));
      this.goneCollections.finish();
    } catch (error) {
      this.goneCollections.giveBack();
      throw error;
    }
  }

  private async goOnWithSync(): Promise<void> {
    this.sync ??= this.beginSync();
    if (await this.sync.step(await this.channel.context())) return;
    this.lastSyncAt = new Date();
    // What is still on sale there was put again since it was retired.
    this.writer.forgetRetired();
    // Looked at once more: they may have come back since their page was read.
    this.productsChanged(this.sync.otherProducts);
    this.variantsChanged(this.sync.otherVariants);
    this.collectionsDeleted(this.sync.otherCategories);
    Logger.info(`Catalogue: a full sync sent ${this.sync.sent} products.`, LOGGED_AS);
    this.sync = null;
  }

  private beginSync(): CatalogueSync {
    this.wantsSync = false;
    this.writer.forgetRetired();
    return new CatalogueSync(this.settings, this.api, this.reader, this.writer);
  }
}
