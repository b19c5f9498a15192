/**
 * What the browser keeps between pages. Where it keeps nothing, since storage is blocked, full or
 * spoiled, the page remembers for itself as long as it lives; so it does until `keep()`, if told to.
 */

export interface Shelf {
  read(name: string): unknown;
  /** Objects of a list; what is spoiled counts as nothing. */
  list<Item>(name: string): Item[];
  write(name: string, value: unknown): void;
  remove(name: string): void;
  names(prefix: string): string[];
  /** From now on things are kept, those of before too. */
  keep(): void;
}

export function openShelf(isHeld: boolean): Shelf {
  const remembered = new Map<string, string>();
  let store: Storage | undefined;
  try {
    // Where storage is blocked, even to name it throws.
    store = globalThis.localStorage;
  } catch { /** The page remembers for itself. */ }

  function put(name: string, text: string): void {
    try {
      if (isHeld) throw 0;
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
      const found = read(name);
      return Array.isArray(found) ? found.filter((item) => item?.session) as Item[] : [];
    },
    write: (name, value) => put(name, JSON.stringify(value)),
    remove(name) {
      remembered.delete(name);
      try {
        store?.removeItem(name);
      } catch { /** Nothing is kept there. */ }
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
      isHeld = false;
      for (const [name, text] of [...remembered]) put(name, text);
    },
  };
}
