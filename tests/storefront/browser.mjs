/** As much of a browser as the storefront's modules need to be imported by Node. */

class Target {
  listeners = new Map();

  addEventListener(name, listener) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }

  fire(name, event = {}) {
    for (const listener of this.listeners.get(name) ?? []) listener(event);
  }
}

export class Storage {
  kept = new Map();

  getItem(key) {
    return this.kept.has(key) ? this.kept.get(key) : null;
  }

  setItem(key, value) {
    this.kept.set(key, String(value));
  }
}

function define(name, descriptor) {
  Object.defineProperty(globalThis, name, { configurable: true, ...descriptor });
}

/** `storage` is what a page may use of both kinds; null where the browser blocks it. */
export function openBrowser({ storage = new Storage() } = {}) {
  const blocked = () => {
    throw new DOMException("Access is denied for this document.", "SecurityError");
  };
  const found = storage === null ? { get: blocked } : { value: storage };
  define("localStorage", found);
  define("sessionStorage", found);
  const document = Object.assign(new Target(), { prerendering: false, visibilityState: "visible" });
  define("document", { value: document, writable: true });
  const page = new Target();
  define("addEventListener", { value: page.addEventListener.bind(page) });
  define("innerHeight", { value: 800 });
  return {
    document,
    page,
    show(visible) {
      document.visibilityState = visible ? "visible" : "hidden";
      document.fire("visibilitychange");
    },
  };
}
