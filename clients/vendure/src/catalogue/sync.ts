import type { ID } from "@vendure/core";

import type { FittingRoomApi } from "../api/client";
import type { CategoryRow } from "../api/shapes";
import { collectionKey, idOf, productKey, variantKey } from "../ids";
import type { Settings } from "../options";
import { WaitingIds } from "../sending/waiting_ids";
import { SOURCE, SOURCE_ATTRIBUTE } from "./product_row";
import type { ProductSender } from "./product_sender";
import type { CatalogueReader } from "./reader";
import type { CatalogueWriter } from "./writer";

/** As many may go without a question, in shops of any size. */
const FEW = 100;
/** Of what is on sale from here: an import of files asks above the same share. */
const MOST_GONE = 0.5;

/** The whole catalogue, a page a step; a step that fails is done again. */
export class CatalogueSync {
  sent = 0;
  isRead = false;
  /** What is wrong with the shop, so that nothing of the catalogue is taken out. */
  doubt: string | null = null;
  /** Keys of what Fitting Room has from here and Vendure had not when its page was read. */
  readonly others = new WaitingIds(Number.POSITIVE_INFINITY);
  private last: ID | null = null;
  private categories: readonly CategoryRow[] | null = null;
  private readonly onSale = new Set<string>();

  constructor(
    private readonly settings: Settings,
    private readonly api: FittingRoomApi,
    private readonly reader: CatalogueReader,
    private readonly writer: CatalogueWriter,
    private readonly products: ProductSender,
    private readonly mayShrink: boolean,
  ) {}

  async step(): Promise<void> {
    if (!this.categories) {
      const rows = (await this.reader.shelf()).tree.rows();
      await this.writer.putCategories(rows);
      this.categories = rows;
    }
    const ids = await this.reader.idsAfter(this.last, this.settings.batchSize);
    const { onSale, products } = await this.products.send(ids.map(String));
    for (const key of onSale) this.onSale.add(key);
    this.sent += products;
    this.last = ids.at(-1) ?? this.last;
    if (ids.length === this.settings.batchSize) return;
    const others = await this.otherProducts();
    if (this.doubt === null) others.push(...(await otherCategories(this.api, this.categories)));
    for (const key of this.doubt === null ? others : []) this.others.add(key);
    this.isRead = true;
  }

  /** Only what came from here: a catalogue may have other feeds. */
  private async otherProducts(): Promise<string[]> {
    const others: string[] = [];
    let count = 0;
    for await (const page of this.api.products()) {
      for (const { id, attributes } of page) {
        if (attributes?.[SOURCE_ATTRIBUTE] !== SOURCE) continue;
        count += 1;
        if (!this.onSale.has(id) && (idOf(productKey, id) ?? idOf(variantKey, id)) !== null) others.push(id);
      }
    }
    const isShrinking = others.length > Math.max(FEW, MOST_GONE * count);
    this.doubt = isShrinking && !this.mayShrink ? `${others.length} of ${count} products and variants` : null;
    return others;
  }
}

/** Return the keys of collections that Fitting Room has beside these, each after those below it. */
export async function otherCategories(api: FittingRoomApi, own: readonly CategoryRow[]): Promise<string[]> {
  const known = new Set(own.map((row) => row.id));
  const others: string[] = [];
  for await (const page of api.categories()) {
    for (const { id } of page) if (idOf(collectionKey, id) !== null && !known.has(id)) others.push(id);
  }
  // They are listed from the root down.
  return others.reverse();
}
