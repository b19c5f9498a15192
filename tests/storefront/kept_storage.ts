/** Stand-ins for the browser's storage; import it before the modules that are tested. */

class MemoryStorage {
  [name: string]: unknown;
  getItem(name: string): string | null {
    return Object.hasOwn(this, name) ? String(this[name]) : null;
  }
  setItem(name: string, text: string): void {
    this[name] = text;
  }
  removeItem(name: string): void {
    delete this[name];
  }
}

export const browser = new MemoryStorage();
export const tab = new MemoryStorage();
Object.defineProperty(globalThis, "localStorage", { value: browser, configurable: true });
Object.defineProperty(globalThis, "sessionStorage", { value: tab, configurable: true });

export function clearAll(): void {
  for (const store of [browser, tab]) for (const name of Object.keys(store)) delete store[name];
}

export const put = (name: string, value: unknown): void => browser.setItem(name, JSON.stringify(value));
export const get = (name: string): any => JSON.parse(browser.getItem(name) ?? "null");
