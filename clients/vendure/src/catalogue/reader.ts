import { Inject, Injectable } from "@nestjs/common";
import {
  type Collection,
  CollectionService,
  ConfigService,
  type FacetValue,
  type ID,
  Product,
  ProductService,
  ProductVariant,
  ProductVariantService,
  type RelationPaths,
  type RequestContext,
  TransactionalConnection,
} from "@vendure/core";
import { In, IsNull, MoreThan } from "typeorm";

import { FedChannel } from "../channel";
import { byId } from "../ids";
import { SETTINGS, type Settings } from "../options";
import { CollectionTree, type ReadCollection } from "./collections";
import type { NamedValue, ReadProduct, ReadVariant } from "./product_row";
import { namesIn } from "./texts";

const RELATIONS: RelationPaths<ProductVariant> = [
  "options",
  "options.group",
  "facetValues",
  "facetValues.facet",
  "featuredAsset",
];
/** Vendure refuses longer lists, unless its settings say otherwise. */
const PAGE_SIZE = 100;

/** What products are read by, one after another. */
export interface Shelf {
  ctx: RequestContext;
  tree: CollectionTree;
}

/** What Vendure has on sale in the channel that is fed. */
@Injectable()
export class CatalogueReader {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(ProductService) private readonly products: ProductService,
    @Inject(ProductVariantService) private readonly variants: ProductVariantService,
    @Inject(CollectionService) private readonly collections: CollectionService,
    @Inject(TransactionalConnection) private readonly connection: TransactionalConnection,
    @Inject(ConfigService) private readonly config: ConfigService,
    @Inject(FedChannel) private readonly channel: FedChannel,
  ) {}

  async shelf(): Promise<Shelf> {
    const ctx = await this.channel.context();
    const found: ReadCollection[] = [];
    for (let skip = 0; ; skip += PAGE_SIZE) {
      const { items, totalItems } = await this.collections.findAll(ctx, { skip, take: PAGE_SIZE }, []);
      found.push(...items.map(readCollection));
      if (items.length === 0 || found.length >= totalItems) return { ctx, tree: new CollectionTree(found) };
    }
  }

  /** Return a product that is on sale: enabled, with a variant that is; null for any other. */
  async read({ ctx, tree }: Shelf, id: string): Promise<ReadProduct | null> {
    const [product] = await this.products.findByIds(ctx, [id]);
    if (!product?.enabled) return null;
    const variants = await this.variantsOf(ctx, product.id);
    if (variants.length === 0) return null;
    const within = await this.collections.getCollectionsByProductId(ctx, product.id, true);
    return {
      id: String(product.id),
      name: product.name,
      slug: product.slug,
      description: product.description ?? "",
      preview: product.featuredAsset?.preview,
      createdAt: product.createdAt,
      facets: facetsOf(product.facetValues, ctx.languageCode),
      category: tree.deepest(within.map((collection) => String(collection.id))),
      currency: ctx.currencyCode,
      variants,
    };
  }

  /** Return ids of products after this one, in the order of ids. */
  async idsAfter(last: ID | null, count: number): Promise<ID[]> {
    const ctx = await this.channel.context();
    const rows = await this.connection.getRepository(ctx, Product).find({
      select: { id: true },
      where: {
        deletedAt: IsNull(),
        channels: { id: ctx.channelId },
        ...(last !== null && { id: MoreThan(last) }),
      },
      order: { id: "ASC" },
      take: count,
    });
    return rows.map((row) => row.id);
  }

  /** Return the product of each variant, also of those that are deleted. */
  async productsOf(variantIds: readonly string[]): Promise<Map<string, string>> {
    if (variantIds.length === 0) return new Map();
    const ctx = await this.channel.context();
    const rows = await this.connection.getRepository(ctx, ProductVariant).find({
      select: { id: true, productId: true },
      where: { id: In([...variantIds]) },
    });
    return new Map(rows.map((row) => [String(row.id), String(row.productId)]));
  }

  private async variantsOf(ctx: RequestContext, productId: ID): Promise<ReadVariant[]> {
    const found: ReadVariant[] = [];
    for (let skip = 0; ; skip += PAGE_SIZE) {
      const page = await this.variants.getVariantsByProductId(ctx, productId, { skip, take: PAGE_SIZE }, RELATIONS);
      for (const variant of page.items) {
        if (variant.enabled && (await this.hasPrice(ctx, variant))) found.push(await this.readVariant(ctx, variant));
      }
      if (page.items.length < PAGE_SIZE) return found;
    }
  }

  /** Without a price of the channel and its currency nobody can buy it, and Vendure says that it costs nothing. */
  private async hasPrice(ctx: RequestContext, variant: ProductVariant): Promise<boolean> {
    const { productVariantPriceSelectionStrategy: strategy } = this.config.catalogOptions;
    return (await strategy.selectPrice(ctx, variant.productVariantPrices)) !== undefined;
  }

  private async readVariant(ctx: RequestContext, variant: ProductVariant): Promise<ReadVariant> {
    const pieces = await this.variants.getSaleableStockLevel(ctx, variant);
    const price = this.settings.pricesWithTax ? variant.priceWithTax : variant.price;
    return {
      id: String(variant.id),
      name: variant.name,
      sku: variant.sku,
      price: price / 10 ** this.channel.precision,
      stock: pieces >= Number.MAX_SAFE_INTEGER ? null : Math.max(0, pieces),
      preview: variant.featuredAsset?.preview,
      options: variant.options.map(({ group, name }) => ({
        called: [...namesIn(ctx.languageCode, group.translations), group.code],
        name,
      })),
      facets: facetsOf(variant.facetValues, ctx.languageCode),
    };
  }
}

/** In an order that does not change, so that what is the same looks the same. */
function facetsOf(values: readonly FacetValue[], language: string): NamedValue[] {
  const open = values.filter((value) => !value.facet.isPrivate);
  open.sort(byId);
  return open.map((value) => ({ called: [value.facet.code, ...namesIn(language, value.facet.translations)], name: value.name }));
}

function readCollection(collection: Collection): ReadCollection {
  return {
    id: String(collection.id),
    name: collection.name,
    parentId: collection.parentId === null || collection.parentId === undefined ? null : String(collection.parentId),
    isPrivate: collection.isPrivate,
    position: collection.position,
  };
}
