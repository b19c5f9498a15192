import type { CategoryRow } from "../api/shapes";
import { byId, collectionKey } from "../ids";

/** What is read of Vendure of one collection. */
export interface ReadCollection {
  id: string;
  name: string;
  parentId: string | null;
  isPrivate: boolean;
  position: number;
}

/** A real tree has fewer; it bounds the walk where one points at itself. */
const MOST_LEVELS = 32;

/** The public collections as a tree; what is below a private one hangs where that one hangs. */
export class CollectionTree {
  private readonly byId: ReadonlyMap<string, ReadCollection>;

  constructor(collections: readonly ReadCollection[]) {
    this.byId = new Map(collections.map((collection) => [collection.id, collection]));
  }

  rows(): CategoryRow[] {
    const open = [...this.byId.values()].filter((collection) => !collection.isPrivate);
    const ordered = open
      .map((collection) => ({ collection, above: this.above(collection) }))
      .sort((left, right) => left.above.length - right.above.length || left.collection.position - right.collection.position);
    return ordered.map(({ collection, above: [parent] }) => ({
      id: collectionKey(collection.id),
      name: collection.name,
      parent_id: parent ? collectionKey(parent.id) : null,
    }));
  }

  /** Return the key of the deepest of these collections, the first in the shop's order of two. */
  deepest(ids: readonly string[]): string | null {
    const known = ids.flatMap((id) => this.byId.get(id) ?? []).filter((collection) => !collection.isPrivate);
    const depths = known.map((collection) => ({ collection, depth: this.above(collection).length }));
    depths.sort(
      (left, right) =>
        right.depth - left.depth ||
        left.collection.position - right.collection.position ||
        byId(left.collection, right.collection),
    );
    return depths[0] ? collectionKey(depths[0].collection.id) : null;
  }

  /** The public ones above it, nearest first. */
  private above(collection: ReadCollection): ReadCollection[] {
    const found: ReadCollection[] = [];
    let next = this.parentOf(collection);
    for (let level = 0; next && level < MOST_LEVELS; level += 1) {
      if (!next.isPrivate) found.push(next);
      next = this.parentOf(next);
    }
    return found;
  }

  private parentOf(collection: ReadCollection): ReadCollection | undefined {
    return collection.parentId === null ? undefined : this.byId.get(collection.parentId);
  }
}
