import type { ProductRow } from "../api/shapes";
import { productKey, variantKey } from "../ids";
import type { Settings } from "../options";
import { cut, plainText } from "./texts";

/** What is read of Vendure of one product in one channel and one language. */
export interface ReadProduct {
  id: string;
  name: string;
  slug: string;
  /** As HTML. */
  description: string;
  preview: string | undefined;
  createdAt: Date;
  facets: readonly NamedValue[];
  /** The deepest public collection that it is in. */
  category: string | null;
  currency: string;
  variants: readonly ReadVariant[];
}

export interface ReadVariant {
  id: string;
  name: string;
  sku: string;
  /** In major units. */
  price: number;
  /** Null where nobody counts the pieces. */
  stock: number | null;
  preview: string | undefined;
  options: readonly NamedValue[];
  facets: readonly NamedValue[];
}

/** A value of an option group or a facet. */
export interface NamedValue {
  /** What the group or facet is called: the first names an attribute, any may say what it is. */
  called: readonly string[];
  name: string;
}

type RowSettings = Pick<
  Settings,
  "productUrl" | "imageUrl" | "fallbackCategory" | "sizeNames" | "colourNames"
>;

/** By this the sync knows which products of the catalogue are this shop's. */
export const SOURCE_ATTRIBUTE = "source";
export const SOURCE = "vendure";
const SKU_ATTRIBUTE = "sku";

const LONGEST_TITLE = 1_000;
const LONGEST_TEXT = 20_000;
const LONGEST_NAME = 200;
const MOST_VALUES = 200;
/** A product has 100 at most: facets, then options of a variant, its source and its SKU. */
const MOST_ATTRIBUTES = 49;
const OWN_FIELDS = ["brand", "gender", "material"] as const;

/** Return the product's own row, then those of its variants. */
export function rowsOf(product: ReadProduct, settings: RowSettings): ProductRow[] {
  const plain = { ...product, description: cut(plainText(product.description), LONGEST_TEXT) };
  return [parentRow(plain, settings), ...product.variants.map((variant) => variantRow(plain, variant, settings))];
}

function parentRow(product: ReadProduct, settings: RowSettings): ProductRow {
  const options = product.variants.flatMap((variant) => variant.options);
  const sizes = namesOf(options, settings.sizeNames);
  const colours = namesOf(options, settings.colourNames);
  const stock = stockOf(product.variants);
  const prices = product.variants.map((variant) => variant.price);
  return {
    ...sharedRow(product, product.facets, settings),
    id: productKey(product.id),
    title: cut(product.name, LONGEST_TITLE),
    ...(prices.length > 0 && { price: Math.min(...prices) }),
    ...(stock !== null && { stock }),
    ...(sizes.length > 0 && { sizes }),
    ...(colours.length > 0 && { colours }),
  };
}

function variantRow(product: ReadProduct, variant: ReadVariant, settings: RowSettings): ProductRow {
  const size = namesOf(variant.options, settings.sizeNames)[0];
  const colour = namesOf(variant.options, settings.colourNames)[0];
  const row = sharedRow(product, [...product.facets, ...variant.facets], settings, variant.preview);
  return {
    ...row,
    id: variantKey(variant.id),
    group_id: productKey(product.id),
    title: cut(variant.name || product.name, LONGEST_TITLE),
    price: variant.price,
    ...(variant.stock !== null && { stock: variant.stock }),
    ...(size !== undefined && { size }),
    ...(colour !== undefined && { colour }),
    attributes: {
      ...attributesOf(otherOptions(variant, settings)),
      ...row.attributes,
      ...(variant.sku && { [SKU_ATTRIBUTE]: cut(variant.sku, LONGEST_NAME) }),
    },
  };
}

function sharedRow(
  product: ReadProduct,
  facets: readonly NamedValue[],
  settings: RowSettings,
  preview = product.preview,
): Omit<ProductRow, "id" | "title"> {
  const { id, slug, description } = product;
  const image = settings.imageUrl({ id, slug, preview });
  const page = settings.productUrl({ id, slug });
  return {
    ...(product.category === null
      ? { category_path: [settings.fallbackCategory] }
      : { category_id: product.category }),
    ...(description && { description }),
    ...fieldsOf(facets),
    currency: product.currency,
    ...(image && { image }),
    ...(page && { page }),
    listed_on: product.createdAt.toISOString().slice(0, "2026-05-31".length),
    attributes: { ...attributesOf(facets), [SOURCE_ATTRIBUTE]: SOURCE },
  };
}

function fieldsOf(facets: readonly NamedValue[]): Pick<ProductRow, (typeof OWN_FIELDS)[number]> {
  const found = OWN_FIELDS.map((field) => [field, namesOf(facets, [field])[0]] as const);
  return Object.fromEntries(found.filter(([, name]) => name !== undefined));
}

/** What is no field of its own: lists of names. */
function attributesOf(values: readonly NamedValue[]): Record<string, string[]> {
  const taken: readonly string[] = [...OWN_FIELDS, SOURCE_ATTRIBUTE, SKU_ATTRIBUTE];
  const called = new Set(values.flatMap((value) => value.called.slice(0, 1)));
  const others = [...called].filter((name) => name && name.length <= LONGEST_NAME && !taken.includes(name));
  return Object.fromEntries(others.slice(0, MOST_ATTRIBUTES).map((name) => [name, namesOf(values, [name])]));
}

function otherOptions(variant: ReadVariant, { sizeNames, colourNames }: RowSettings): NamedValue[] {
  return variant.options.filter((option) => !isCalled(option, sizeNames) && !isCalled(option, colourNames));
}

function namesOf(values: readonly NamedValue[], wanted: readonly string[]): string[] {
  const names = values.filter((value) => isCalled(value, wanted)).map((value) => cut(value.name, LONGEST_NAME));
  return [...new Set(names)].slice(0, MOST_VALUES);
}

function isCalled(value: NamedValue, wanted: readonly string[]): boolean {
  return value.called.some((name) => wanted.some((word) => word.toLowerCase() === name.toLowerCase()));
}

/** A product of which one variant is not counted has no end. */
function stockOf(variants: readonly ReadVariant[]): number | null {
  let pieces = 0;
  for (const variant of variants) {
    if (variant.stock === null) return null;
    pieces += Math.max(0, variant.stock);
  }
  return pieces;
}
