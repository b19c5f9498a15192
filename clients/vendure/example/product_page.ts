import { Controller, Get, Header, Inject, NotFoundException, Param } from "@nestjs/common";
import { Ctx, PluginCommonModule, ProductService, ProductVariantService, RequestContext, VendurePlugin } from "@vendure/core";

import { FittingRoomPlugin } from "../src";
import { drawGarment } from "./garment";
import { productPage } from "./page";

/** One page for each product, and its picture. */
@Controller()
export class ProductPageController {
  constructor(
    @Inject(ProductService) private readonly products: ProductService,
    @Inject(ProductVariantService) private readonly variants: ProductVariantService,
  ) {}

  @Get("product/:slug")
  @Header("content-type", "text/html; charset=utf-8")
  async page(@Ctx() ctx: RequestContext, @Param("slug") slug: string): Promise<string> {
    const product = await this.products.findOneBySlug(ctx, slug);
    if (!product?.enabled) throw new NotFoundException("There is no such product.");
    const { items } = await this.variants.getVariantsByProductId(ctx, product.id, { take: 50 });
    const onSale = items.filter((variant) => variant.enabled);
    const { apiUrl, publishableKey } = FittingRoomPlugin.settings();
    return productPage({ product, variants: onSale, apiUrl, key: publishableKey });
  }

  @Get("garments/:file")
  @Header("content-type", "image/svg+xml")
  garment(@Param("file") file: string): string {
    return drawGarment(file);
  }
}

@VendurePlugin({
  imports: [PluginCommonModule],
  controllers: [ProductPageController],
  compatibility: "^3.0.0",
})
export class ProductPagePlugin {}
