import type { ID, RequestContext } from "@vendure/core";

import type { FittingRoomApi } from "../api/client";
import { collectionKey, idOf, productKey, variantKey } from "../ids";
import type { Settings } from "../options";
import { rowsOf, SOURCE, SOURCE_ATTRIBUTE } from "./product_row";
import type { CatalogueReader } from "./reader";
import type { CatalogueWriter } from "./writer";

/** The whole catalogue, a page a step; a step that fails is done again. */
export class CatalogueSync {
  sent = 0;
  /** Ids of what Fitting Room has on sale from here and Vendure had not, once the last step is done. */
  otherProducts: string[] = [];
  otherVariants: string[] = [];
  otherCategories: string[] = [];
  private last: ID | null = null;
  private categories: ReadonlySet<string> | null = null;
  private readonly onSale = new Set<string>();

  constructor(
    private readonly settings: Settings,
    private readonly api: FittingRoomApi,
    private readonly reader: CatalogueReader,
    private readonly writer: CatalogueWriter,
  ) {}

  /** Return whether there is more. */
  async step(ctx: RequestContext): Promise<boolean> {
    const tree = await this.reader.tree(ctx);
    if (!this.categories) {
      const rows = tree.rows();
      await this.writer.putCategories(rows);
      this.categories = new Set(rows.map((row) => row.id));
    }
    const ids = await this.reader.idsAfter(ctx, this.last, this.settings.batchSize);
    const products = await this.reader.read(ctx, ids.map(String), tree);
    await this.writer.put(products.flatMap((product) => rowsOf(product, this.settings)));
    for (const product of products) {
      this.onSale.add(productKey(product.id));
      for (const variant of product.variants) this.onSale.add(variantKey(variant.id));
    }
    this.sent += products.length;
    this.last = ids.at(-1) ?? this.last;
    if (ids.length === this.settings.batchSize) return true;
    await this.findOthers();
    await this.findOtherCategories(this.categories);
    return false;
  }

  /** Only what came from here: a catalogue may have other feeds. */
  private async findOthers(): Promise<void> {
    const others: string[] = [];
    for await (const page of this.api.products()) {
      for (const { id, attributes } of page) {
        if (attributes?.[SOURCE_ATTRIBUTE] === SOURCE && !this.onSale.has(id)) others.push(id);
      }
    }
    this.otherProducts = others.flatMap((key) => idOf(productKey, key) ?? []);
    this.otherVariants = others.flatMap((key) => idOf(variantKey, key) ?? []);
  }

  private async findOtherCategories(own: ReadonlySet<string>): Promise<void> {
    const others: string[] = [];
    for await (const page of this.api.categories()) {
      for (const { id } of page) if (!own.has(id)) others.push(id);
    }
    // They are listed from the root down, and go from the leaves up.
    this.otherCategories = others.reverse().flatMap((key) => idOf(collectionKey, key) ?? []);
  }
}
