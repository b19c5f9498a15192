/**
 * What the browser keeps between pages. Where it keeps nothing, since storage is blocked, full or
 * spoiled, the page remembers for itself, as long as it lives.
 */

class Kept {
  #store;
  #remembered = new Map();

  constructor(open) {
    try {
      // Where storage is blocked, even to name it throws.
      this.#store = open();
    } catch {
      this.#store = null;
    }
  }

  read(key) {
    if (this.#remembered.has(key)) return this.#remembered.get(key);
    try {
      return JSON.parse(this.#store?.getItem(key) ?? "null");
    } catch {
      return null;
    }
  }

  write(key, value) {
    try {
      this.#store.setItem(key, JSON.stringify(value));
      this.#remembered.delete(key);
    } catch {
      this.#remembered.set(key, value);
    }
  }
}

/** Of this browser: all pages and tabs of the shop. */
export const browserStorage = new Kept(() => globalThis.localStorage);

/** Of this tab. */
export const tabStorage = new Kept(() => globalThis.sessionStorage);
