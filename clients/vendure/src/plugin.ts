import { Inject, type OnApplicationBootstrap, type OnApplicationShutdown } from "@nestjs/common";
import { PluginCommonModule, ProcessContext, type Type, VendurePlugin } from "@vendure/core";

import { FittingRoomApi } from "./api/client";
import { CatalogueFeed } from "./catalogue/feed";
import { CatalogueListener } from "./catalogue/listener";
import { ProductSender } from "./catalogue/product_sender";
import { CatalogueReader } from "./catalogue/reader";
import { CatalogueWriter } from "./catalogue/writer";
import { FedChannel } from "./channel";
import { type FittingRoomOptions, SETTINGS, type Settings, settingsOf } from "./options";
import { OrderFeed } from "./orders/feed";
import { OrderListener } from "./orders/listener";
import { OrderReader } from "./orders/reader";
import { SESSION_FIELD_CONFIG } from "./orders/session_field";
import { ADMIN_SCHEMA, ProductIdResolver, SHOP_SCHEMA, StatusResolver, VariantIdResolver } from "./shop_api";

/** Feeds the shop's catalogue and orders to Fitting Room. */
@VendurePlugin({
  imports: [PluginCommonModule],
  providers: [
    { provide: SETTINGS, useFactory: () => FittingRoomPlugin.settings() },
    FittingRoomApi,
    FedChannel,
    CatalogueReader,
    CatalogueWriter,
    ProductSender,
    CatalogueFeed,
    CatalogueListener,
    OrderReader,
    OrderFeed,
    OrderListener,
  ],
  exports: [SETTINGS],
  configuration: (config) => {
    config.customFields.Order.push(SESSION_FIELD_CONFIG);
    return config;
  },
  shopApiExtensions: { schema: SHOP_SCHEMA, resolvers: [ProductIdResolver, VariantIdResolver] },
  adminApiExtensions: {
    schema: ADMIN_SCHEMA,
    resolvers: [ProductIdResolver, VariantIdResolver, StatusResolver],
  },
  compatibility: "^3.0.0",
})
export class FittingRoomPlugin implements OnApplicationBootstrap, OnApplicationShutdown {
  private static given: Settings | null = null;
  private nightly: NodeJS.Timeout | null = null;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(ProcessContext) private readonly process: ProcessContext,
    @Inject(CatalogueFeed) private readonly catalogue: CatalogueFeed,
    @Inject(CatalogueListener) private readonly catalogueListener: CatalogueListener,
    @Inject(OrderFeed) private readonly orders: OrderFeed,
    @Inject(OrderListener) private readonly orderListener: OrderListener,
  ) {}

  static init(options: FittingRoomOptions): Type<FittingRoomPlugin> {
    FittingRoomPlugin.given = settingsOf(options);
    return FittingRoomPlugin;
  }

  static settings(): Settings {
    if (!FittingRoomPlugin.given) throw new Error("FittingRoomPlugin: list FittingRoomPlugin.init({...}) in `plugins`.");
    return FittingRoomPlugin.given;
  }

  /** Vendure's worker changes collections, so both listen; only the server sends the whole shop. */
  onApplicationBootstrap(): void {
    this.catalogueListener.start();
    this.orderListener.start();
    if (!this.process.isServer) return;
    if (this.settings.syncAtStart) this.catalogue.syncAll();
    this.orders.lookBack();
    const { syncHours } = this.settings;
    if (syncHours === 0) return;
    this.nightly = setInterval(() => this.catalogue.syncAll(), syncHours * 3_600_000);
    this.nightly.unref();
  }

  onApplicationShutdown(): void {
    if (this.nightly) clearInterval(this.nightly);
    this.catalogueListener.stop();
    this.orderListener.stop();
  }
}
