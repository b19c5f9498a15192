/** As much of a browser as the client needs, and an API that answers as a test says. */

import { afterEach, beforeEach, mock } from "node:test";
import { setImmediate } from "node:timers/promises";

class Target {
  listeners = new Map();

  addEventListener(kind, listener, options) {
    const { once = false, capture = options === true } = typeof options === "object" ? options : {};
    const others = this.listeners.get(kind) ?? [];
    const entry = { listener, once };
    this.listeners.set(kind, capture ? [entry, ...others] : [...others, entry]);
  }

  removeEventListener(kind, listener) {
    this.listeners.set(kind, (this.listeners.get(kind) ?? []).filter((entry) => entry.listener !== listener));
  }

  fire(kind, event = {}) {
    for (const { listener, once } of [...(this.listeners.get(kind) ?? [])]) {
      if (once) this.removeEventListener(kind, listener);
      listener({ type: kind, ...event });
    }
  }

  count() {
    return [...this.listeners.values()].flat().length;
  }
}

export class Card extends Target {}

/** Its items are properties of its own, as a browser's are. */
export class Storage {
  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  }

  setItem(key, value) {
    this[key] = String(value);
  }

  removeItem(key) {
    delete this[key];
  }
}

/** Lets a test say what is on screen. */
export class Observer {
  static all = new Set();

  observed = new Set();

  constructor(tell) {
    this.tell = tell;
    Observer.all.add(this);
  }

  observe(card) {
    this.observed.add(card);
  }

  unobserve(card) {
    this.observed.delete(card);
  }

  disconnect() {
    this.observed.clear();
  }

  static show(card, intersectionRatio, height = 0) {
    for (const { observed, tell } of Observer.all) {
      if (observed.has(card)) tell([{ target: card, intersectionRatio, intersectionRect: { height } }]);
    }
  }
}

function define(name, descriptor) {
  Object.defineProperty(globalThis, name, { configurable: true, ...descriptor });
}

/** The one that was opened last. */
export let browser;

/** A browser for each test, whose clock stands and whose warnings nobody sees. */
export function eachInABrowser() {
  beforeEach(() => {
    openBrowser();
    mock.method(console, "warn", () => {});
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.UTC(2026, 4, 2) });
  });
  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
  });
}

/** `storage` is what a page may use; null where the browser blocks it. */
export function openBrowser({ storage = new Storage(), locks, key = null, origin = "https://shop.example" } = {}) {
  const blocked = () => {
    throw new DOMException("Access is denied for this document.", "SecurityError");
  };
  define("localStorage", storage === null ? { get: blocked } : { value: storage, writable: true });
  const document = Object.assign(new Target(), { prerendering: false, hidden: false });
  document.querySelector = (selector) => (key !== null && selector === "meta[name=fitting-room-key]" ? { content: key } : null);
  const page = new Target();
  const beacons = [];
  const navigator = {
    locks,
    sendBeacon(url, body) {
      beacons.push({ url, body: JSON.parse(body) });
      return true;
    },
  };
  define("document", { value: document });
  define("addEventListener", { value: page.addEventListener.bind(page) });
  define("removeEventListener", { value: page.removeEventListener.bind(page) });
  define("dispatchEvent", { value: ({ type }) => page.fire(type) });
  define("location", { value: { href: `${origin}/`, origin } });
  define("navigator", { value: navigator });
  define("innerHeight", { value: 800 });
  define("IntersectionObserver", { value: Observer });
  Observer.all.clear();
  browser = {
    document, page, beacons, storage,
    show(visible) {
      document.hidden = !visible;
      document.fire("visibilitychange");
    },
  };
  return browser;
}

export function accept({ event_id: id }) {
  return { event_id: id, verdict: "accepted" };
}

/** Answers `POST /v1/track` with a verdict per event. */
export function judge(verdict = accept, init = { status: 202 }) {
  return ({ body }) => Response.json({ verdicts: body.events.map(verdict) }, init);
}

export function problem(status, slug, headers = {}) {
  return () => Response.json({ type: `/problems/${slug}`, title: slug, detail: `about ${slug}` }, { status, headers });
}

export function away() {
  throw new TypeError("fetch failed");
}

/** Answers in turn, the last one for ever; gives the list of what was asked. */
export function answerBy(...answers) {
  const asked = [];
  globalThis.fetch = async (url, { body, headers, method, signal, ...rest }) => {
    const call = { url, method, headers, body: body ? JSON.parse(body) : null, signal, ...rest };
    asked.push(call);
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    return answer(call);
  };
  return asked;
}

/** An answer that waits until the caller gives up. */
export function hang({ signal }) {
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
}

/** What was under way has gone as far as it can without the clock. */
export async function settled(rounds = 12) {
  for (let round = 0; round < rounds; round += 1) await setImmediate();
}

/** Web Locks of one browser, as far as tabs need them. */
export function openLocks() {
  let last = Promise.resolve();
  return {
    request(_name, _options, act) {
      const turn = last.then(() => act({}));
      last = turn.catch(() => {});
      return turn;
    },
  };
}

export function tracked(asked) {
  return asked.filter(({ url }) => url.endsWith("/v1/track")).map(({ body }) => body);
}
