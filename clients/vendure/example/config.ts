import { DefaultLogger, dummyPaymentHandler, LogLevel, type VendureConfig } from "@vendure/core";

import { FittingRoomPlugin } from "../src";
import { ProductPagePlugin } from "./product_page";

// Vendure would tell its makers of each shop that starts.
process.env["VENDURE_DISABLE_TELEMETRY"] ??= "true";

/** A shop on this machine alone: its administrator's password is known to everybody. */
export function shopConfig(plugins: VendureConfig["plugins"] = []): VendureConfig {
  return {
    apiOptions: {
      hostname: "127.0.0.1",
      port: Number(process.env["PORT"] ?? 3000),
      adminApiPath: "admin-api",
      shopApiPath: "shop-api",
      cors: false,
    },
    authOptions: {
      tokenMethod: ["bearer", "cookie"],
      superadminCredentials: { identifier: "superadmin", password: "superadmin" },
      cookieOptions: { secret: "this machine's" },
    },
    dbConnectionOptions: {
      type: "sqljs",
      location: process.env["SHOP_DATABASE"] ?? "shop.sqlite",
      autoSave: plugins.length > 0,
      synchronize: true,
    },
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    logger: new DefaultLogger({ level: LogLevel.Info, timestamp: false }),
    plugins,
  };
}

/** What the plugin needs: where Fitting Room is, and its two keys. */
export function shopPlugins(): NonNullable<VendureConfig["plugins"]> {
  const [apiUrl, secretKey, publishableKey] = ["FITTING_ROOM_URL", "FITTING_ROOM_SECRET_KEY", "FITTING_ROOM_PAGE_KEY"].map(
    (name) => {
      const value = process.env[name];
      if (!value) throw new Error(`Set ${name}: README.md says how.`);
      return value;
    },
  ) as [string, string, string];
  return [
    FittingRoomPlugin.init({
      apiUrl,
      secretKey,
      publishableKey,
      imageUrl: ({ slug }) => `/garments/${slug}.svg`,
      retrySeconds: [0.2, Number(process.env["RETRY_SECONDS"] ?? 30)],
    }),
    ProductPagePlugin,
  ];
}
