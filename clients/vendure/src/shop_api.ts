import { Inject } from "@nestjs/common";
import { Args, Mutation, Parent, Query, ResolveField, Resolver } from "@nestjs/graphql";
import { Allow, Permission, type Product, type ProductVariant } from "@vendure/core";
import { parse } from "graphql";

import { CatalogueFeed } from "./catalogue/feed";
import { CatalogueWriter } from "./catalogue/writer";
import { productKey, variantKey } from "./ids";
import { OrderFeed } from "./orders/feed";

/** The ids by which Fitting Room knows what a page shows. */
export const SHOP_SCHEMA = parse(`
  extend type Product { fittingRoomId: String! }
  extend type ProductVariant { fittingRoomId: String! }
`);

export const ADMIN_SCHEMA = parse(`
  extend type Product { fittingRoomId: String! }
  extend type ProductVariant { fittingRoomId: String! }
  type FittingRoomStatus {
    isSyncing: Boolean!
    lastSyncAt: DateTime
    changesWaiting: Int!
    rowsRejected: Int!
    ordersWaiting: Int!
    eventsSent: Int!
    eventsRejected: Int!
    lastFailure: String
  }
  extend type Query { fittingRoomStatus: FittingRoomStatus! }
  extend type Mutation {
    """
    Send the whole catalogue again; with \`orders\` also the orders of the last 47 hours, with \`shrink\` also
    retire what is gone where that is most of the catalogue.
    """
    syncFittingRoom(orders: Boolean, shrink: Boolean): FittingRoomStatus!
  }
`);

@Resolver("Product")
export class ProductIdResolver {
  @ResolveField()
  fittingRoomId(@Parent() product: Product): string {
    return productKey(product.id);
  }
}

@Resolver("ProductVariant")
export class VariantIdResolver {
  @ResolveField()
  fittingRoomId(@Parent() variant: ProductVariant): string {
    return variantKey(variant.id);
  }
}

@Resolver()
export class StatusResolver {
  constructor(
    @Inject(CatalogueFeed) private readonly catalogue: CatalogueFeed,
    @Inject(CatalogueWriter) private readonly writer: CatalogueWriter,
    @Inject(OrderFeed) private readonly orders: OrderFeed,
  ) {}

  @Query()
  @Allow(Permission.ReadCatalog)
  fittingRoomStatus(): Record<string, unknown> {
    return {
      isSyncing: this.catalogue.isSyncing,
      lastSyncAt: this.catalogue.lastSyncAt,
      changesWaiting: this.catalogue.waiting,
      rowsRejected: this.writer.rejected,
      ordersWaiting: this.orders.waiting,
      eventsSent: this.orders.sent,
      eventsRejected: this.orders.rejected,
      lastFailure: this.catalogue.sender.lastFailure ?? this.orders.sender.lastFailure,
    };
  }

  @Mutation()
  @Allow(Permission.UpdateCatalog)
  syncFittingRoom(
    @Args("orders") orders?: boolean | null,
    @Args("shrink") shrink?: boolean | null,
  ): Record<string, unknown> {
    this.catalogue.syncAll({ mayShrink: shrink === true });
    if (orders) this.orders.lookBack();
    return this.fittingRoomStatus();
  }
}
