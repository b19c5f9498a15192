import type { ID } from "@vendure/core";

/** Vendure counts products, variants and collections each from 1: here each says what it is. */
export function productKey(id: ID): string {
  return `product-${id}`;
}

export function variantKey(id: ID): string {
  return `variant-${id}`;
}

export function collectionKey(id: ID): string {
  return `collection-${id}`;
}

/** Return Vendure's id of a key of this kind, null of another. */
export function idOf(kind: (id: ID) => string, key: string): string | null {
  const start = kind("");
  return key.startsWith(start) && key.length > start.length ? key.slice(start.length) : null;
}

/** Order of ids for a sort: as numbers where they are. */
export function byId(left: { id: ID }, right: { id: ID }): number {
  return String(left.id).localeCompare(String(right.id), "en", { numeric: true });
}
