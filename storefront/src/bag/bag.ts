/**
 * The bag: what was added, kept in this browser until it is checked out, shared by its tabs.
 *
 * A line keeps what the shop said of the product when it was added, so that the bag can be read
 * while the shop is away; the prices of now are the catalogue's.
 */

import type { CardProduct } from "../catalogue/types.ts";
import { browserStorage } from "../storage/kept.ts";
import { MOST_LINES, MOST_PIECES } from "./limits.ts";
import { storedLine } from "./storedLine.ts";

export { MOST_LINES, MOST_PIECES };
export const BAG_KEY = "fr.shop.bag";

/** An exact amount in the smallest units of its currency, of which `digits` are decimals. */
export interface ExactAmount {
  units: number;
  currency: string;
  digits: number;
}

/** Why a product is in the bag: the bundle that it came with and the decision that suggested it. */
export interface Suggested {
  bundle_id: string;
  decision_id: string;
  /** Of the bundle: its offer holds while all of them are in the bag. */
  product_ids?: readonly string[];
}

export interface BagLine {
  /** Of this line: a product has one without a bundle and one for each bundle it came with. */
  line_id: string;
  product_id: string;
  quantity: number;
  product: CardProduct;
  suggested: Suggested | null;
  /** What a piece costs in its bundle's offer; null where the catalogue's price counts. */
  offered: ExactAmount | null;
}

export interface Added {
  suggested?: Suggested | null;
  offered?: ExactAmount | null;
}

export const lineIdOf = (product: string, suggested: Suggested | null | undefined): string =>
  suggested ? `${product}\n${suggested.bundle_id}` : product;

/** Lines of a stored bag, each once; what is spoiled is left out. */
export function linesOf(stored: unknown): readonly BagLine[] {
  if (!Array.isArray(stored)) return [];
  const lines = stored.map(storedLine).filter((line) => line !== null);
  return [...new Map(lines.map((line) => [line.line_id, line])).values()].slice(0, MOST_LINES);
}

/** The lines with one more piece of the product; the very same ones where there is no room for it. */
export function withAdded(lines: readonly BagLine[], product: CardProduct, { suggested = null, offered = null }: Added = {}): readonly BagLine[] {
  const id = lineIdOf(product.product_id, suggested);
  const known = lines.find((line) => line.line_id === id);
  if (known ? known.quantity >= MOST_PIECES : lines.length >= MOST_LINES) return lines;
  const line: BagLine = { line_id: id, product_id: product.product_id, quantity: (known?.quantity ?? 0) + 1, product, suggested, offered };
  return known ? lines.map((other) => (other.line_id === id ? line : other)) : [...lines, line];
}

/** All of them or, where one has no room, none: then null. */
export function withAllAdded(lines: readonly BagLine[], added: readonly (Added & { product: CardProduct })[]): readonly BagLine[] | null {
  let all = lines;
  for (const { product, ...how } of added) {
    const more = withAdded(all, product, how);
    if (more === all) return null;
    all = more;
  }
  return all;
}

/** The lines with so many pieces of one of them; none takes it out. */
export function withQuantity(lines: readonly BagLine[], id: string, quantity: number): readonly BagLine[] {
  const pieces = Math.max(0, Math.min(MOST_PIECES, Math.trunc(quantity)));
  return lines.flatMap((line) => (line.line_id !== id ? [line] : pieces === 0 ? [] : [{ ...line, quantity: pieces }]));
}

/** How many pieces of the line there are, which another tab may have changed since it was drawn. */
export const piecesOf = (lines: readonly BagLine[], id: string): number => lines.find((line) => line.line_id === id)?.quantity ?? 0;

/** The lines that stay when some have been ordered. */
export function withoutLines(lines: readonly BagLine[], ids: ReadonlySet<string>): readonly BagLine[] {
  return lines.filter(({ line_id: id }) => !ids.has(id));
}

export const countOf = (lines: readonly BagLine[]): number => lines.reduce((sum, { quantity }) => sum + quantity, 0);

const NOTHING: readonly BagLine[] = [];
const listeners = new Set<() => void>();
let current: readonly BagLine[] | null = null;

export function readBag(): readonly BagLine[] {
  current ??= linesOf(browserStorage.read(BAG_KEY));
  return current;
}

/** What a page shows before it is alive. */
export const emptyBag = (): readonly BagLine[] => NOTHING;

export function keepBag(lines: readonly BagLine[]): void {
  current = lines;
  browserStorage.write(BAG_KEY, lines);
  tell();
}

/** Hear of every change, also of those in other tabs. */
export function onBag(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function tell(): void {
  for (const listener of listeners) listener();
}

globalThis.addEventListener?.("storage", (event) => {
  const { key } = event as StorageEvent;
  if (key !== BAG_KEY && key !== null) return;
  current = null;
  tell();
});
