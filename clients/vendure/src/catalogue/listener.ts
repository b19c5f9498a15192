import { Inject, Injectable } from "@nestjs/common";
import {
  ChannelEvent,
  CollectionEvent,
  CollectionModificationEvent,
  EventBus,
  ProductChannelEvent,
  ProductEvent,
  ProductVariantChannelEvent,
  ProductVariantEvent,
  StockMovementEvent,
  TaxRateEvent,
} from "@vendure/core";
import type { Subscription } from "rxjs";

import { CatalogueFeed } from "./feed";

/** Hears what changes in Vendure, once it is committed. */
@Injectable()
export class CatalogueListener {
  private subscriptions: Subscription[] = [];

  constructor(
    @Inject(EventBus) private readonly bus: EventBus,
    @Inject(CatalogueFeed) private readonly feed: CatalogueFeed,
  ) {}

  start(): void {
    const { bus, feed } = this;
    this.subscriptions = [
      bus.ofType(ProductEvent).subscribe(({ entity }) => feed.productsChanged([entity.id])),
      bus.ofType(ProductVariantEvent).subscribe(({ entity }) => feed.variantsChanged(idsOf(entity))),
      bus.ofType(ProductChannelEvent).subscribe(({ product }) => feed.productsChanged([product.id])),
      bus.ofType(ProductVariantChannelEvent).subscribe(({ productVariant }) => feed.variantsChanged([productVariant.id])),
      bus
        .ofType(StockMovementEvent)
        .subscribe(({ stockMovements }) => feed.variantsChanged(idsOf(stockMovements.map((moved) => moved.productVariant)))),
      bus.ofType(CollectionEvent).subscribe((event) => this.collectionChanged(event)),
      bus
        .ofType(CollectionModificationEvent)
        .subscribe(({ productVariantIds }) => feed.variantsChanged(productVariantIds)),
      bus.ofType(TaxRateEvent).subscribe(() => feed.syncAll()),
      // Its currency, its zone of taxes, or whether prices are with tax.
      bus.ofType(ChannelEvent).subscribe(({ type }) => {
        if (type === "updated") feed.syncAll();
      }),
    ];
  }

  stop(): void {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    this.feed.sender.stop();
  }

  private collectionChanged(event: CollectionEvent): void {
    // Those below it are deleted with it, and only it is named.
    if (event.type === "deleted") this.feed.collectionsDeleted();
    else this.feed.collectionsChanged();
    // Its products have to be told where they are now.
    if (event.type === "updated" && mayHaveMoved(event)) this.feed.syncAll();
  }
}

/** Whether its parent or its privacy may be others than before: of those Vendure tells only the new ones. */
function mayHaveMoved({ input }: CollectionEvent): boolean {
  // A move has no input.
  if (typeof input !== "object") return true;
  return (input.isPrivate ?? null) !== null || (input.parentId ?? null) !== null;
}

function idsOf<T>(entities: readonly ({ id: T } | undefined)[]): T[] {
  return entities.flatMap((entity) => (entity ? [entity.id] : []));
}
