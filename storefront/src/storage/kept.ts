/** What the browser keeps. Where storage is blocked, full or spoiled, the page remembers for itself. */
export class Kept {
  #store: Storage | null;
  readonly #remembered = new Map<string, string>();

  constructor(open: () => Storage | undefined) {
    try {
      // Where storage is blocked, even to name it throws.
      this.#store = open() ?? null;
    } catch {
      this.#store = null;
    }
  }

  readText(key: string): string | null {
    const remembered = this.#remembered.get(key);
    if (remembered !== undefined) return remembered;
    try {
      return this.#store?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  writeText(key: string, text: string): void {
    try {
      if (this.#store === null) throw new Error("blocked");
      this.#store.setItem(key, text);
      this.#remembered.delete(key);
    } catch {
      this.#remembered.set(key, text);
    }
  }

  remove(key: string): void {
    this.#remembered.delete(key);
    try {
      this.#store?.removeItem(key);
    } catch {
      /** Blocked: there was nothing. */
    }
  }

  /** Names of what is kept that begin so. */
  namesFrom(prefix: string): string[] {
    let names: string[] = [];
    try {
      names = Object.keys(this.#store ?? {});
    } catch {
      /** Blocked: there is nothing. */
    }
    return [...new Set([...names, ...this.#remembered.keys()])].filter((name) => name.startsWith(prefix));
  }

  read(key: string): unknown {
    const text = this.readText(key);
    try {
      return text === null ? null : JSON.parse(text);
    } catch {
      return null;
    }
  }

  write(key: string, value: unknown): void {
    this.writeText(key, JSON.stringify(value));
  }
}

/** Of this browser: all pages and tabs of the shop. */
export const browserStorage = new Kept(() => globalThis.localStorage);

/** Of this tab. */
export const tabStorage = new Kept(() => globalThis.sessionStorage);
