/**
 * What the browser keeps between pages. Where it keeps nothing, since storage is blocked, full or
 * spoiled, the page remembers for itself as long as it lives; so it does with what it is not to keep.
 */

export interface Shelf {
  read(name: string): unknown;
  /** Objects of a list; what is spoiled counts as nothing. */
  list<Item>(name: string): Item[];
  write(name: string, value: unknown): void;
  remove(name: string): void;
  /** Take another tab's word for what this page remembers, if there is one. */
  forget(name: string): void;
  names(prefix: string): string[];
  /** Keep what the page has only remembered so far, where it may be by now. */
  keep(): void;
}

/** `isHeld` says what is not to be kept now. */
export function openShelf(isHeld: (name: string) => boolean): Shelf {
  const remembered = new Map<string, string>();
  let store: Storage | undefined;
  try {
    // Where storage is blocked, even to name it throws.
    store = globalThis.localStorage;
  } catch { /** The page remembers for itself. */ }

  function put(name: string, text: string): void {
    try {
      if (isHeld(name)) throw 0;
      store!.setItem(name, text);
      remembered.delete(name);
    } catch {
      remembered.set(name, text);
    }
  }
  function read(name: string): unknown {
    try {
      return JSON.parse(remembered.get(name) ?? store!.getItem(name)!);
    } catch {
      return null;
    }
  }
  return {
    read,
    list<Item>(name: string) {
      return [read(name)].flat().filter((item) => (item as { session?: unknown } | null)?.session) as Item[];
    },
    write: (name, value) => put(name, JSON.stringify(value)),
    remove(name) {
      remembered.delete(name);
      try {
        store?.removeItem(name);
      } catch { /** Nothing is kept there. */ }
    },
    forget(name) {
      try {
        if (store!.getItem(name)) remembered.delete(name);
      } catch { /** There is no other tab. */ }
    },
    names(prefix) {
      let kept: string[] = [];
      try {
        kept = Object.keys(store!);
      } catch { /** Nothing is kept there. */ }
      const found = new Set([...kept, ...remembered.keys()]);
      return [...found].filter((name) => name.startsWith(prefix)).sort();
    },
    keep() {
      remembered.forEach((text, name) => put(name, text));
    },
  };
}
