import { Inject, Injectable } from "@nestjs/common";
import { Logger } from "@vendure/core";

import type { ProductRow } from "../api/shapes";
import { productKey } from "../ids";
import { SETTINGS, type Settings } from "../options";
import { LOGGED_AS } from "../sending/sender";
import { rowsOf } from "./product_row";
import { CatalogueReader, type Shelf } from "./reader";
import { CatalogueWriter } from "./writer";

/** What became of products that were to be sent. */
export interface SentProducts {
  /** Keys of the rows that were put. */
  onSale: ReadonlySet<string>;
  /** Ids of products of which nobody knows whether they are on sale. */
  unread: ReadonlySet<string>;
  products: number;
}

/** Reads products, each for itself, and puts them while it reads: no more than a call's rows are held. */
@Injectable()
export class ProductSender {
  /** Ids of products that could not be read, and of which it was said. */
  private readonly told = new Set<string>();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CatalogueReader) private readonly reader: CatalogueReader,
    @Inject(CatalogueWriter) private readonly writer: CatalogueWriter,
  ) {}

  async send(ids: readonly string[]): Promise<SentProducts> {
    const onSale = new Set<string>();
    const unread = new Set<string>();
    const shelf = await this.reader.shelf();
    let waiting: ProductRow[] = [];
    for (const id of ids) {
      const rows = await this.rowsOf(shelf, id);
      if (rows === null) unread.add(id);
      for (const row of rows ?? []) {
        onSale.add(row.id);
        waiting.push(row);
      }
      const whole = waiting.length - (waiting.length % this.settings.batchSize);
      if (whole === 0) continue;
      await this.writer.put(waiting.slice(0, whole));
      waiting = waiting.slice(whole);
    }
    await this.writer.put(waiting);
    return { onSale, unread, products: ids.filter((id) => onSale.has(productKey(id))).length };
  }

  /** Return none for what is not on sale, null for what cannot be read: it holds up no other product. */
  private async rowsOf(shelf: Shelf, id: string): Promise<ProductRow[] | null> {
    try {
      return await this.readRows(shelf, id);
    } catch {
      // A database that is away fails here too, and then all is tried again.
      const newShelf = await this.reader.shelf();
      return await this.readRows(newShelf, id).catch((error: unknown) => this.note(id, error));
    }
  }

  private async readRows(shelf: Shelf, id: string): Promise<ProductRow[]> {
    const product = await this.reader.read(shelf, id);
    const rows = product ? rowsOf(product, this.settings) : [];
    this.told.delete(id);
    return rows;
  }

  private note(id: string, error: unknown): null {
    if (this.told.has(id)) return null;
    this.told.add(id);
    this.writer.rejected += 1;
    const reason = error instanceof Error ? error.message : String(error);
    Logger.error(
      `Catalogue: ${productKey(id)} could not be read, and stays as it was. ${reason} ` +
        "Mend it, or the option that fails on it; the next full sync reads it again.",
      LOGGED_AS,
    );
    return null;
  }
}
