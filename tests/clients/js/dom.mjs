/** A document in Node, for what draws; its network is a test's. */

import { Window } from "happy-dom";
import { Observer } from "./browser.mjs";

const NAMES = [
  "document", "localStorage", "location", "navigator", "HTMLElement", "customElements", "Node", "Event", "CSSStyleSheet",
  "MouseEvent", "PointerEvent",
];

export function openDom({ url = "https://shop.example/", key } = {}) {
  const window = new Window({ url });
  const define = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  for (const name of NAMES) define(name, window[name]);
  define("window", window);
  define("addEventListener", window.addEventListener.bind(window));
  define("removeEventListener", window.removeEventListener.bind(window));
  define("dispatchEvent", window.dispatchEvent.bind(window));
  define("IntersectionObserver", Observer);
  define("innerHeight", 800);
  Observer.all.clear();
  if (key) window.document.head.innerHTML = `<meta name="fitting-room-key" content="${key}">`;
  return window;
}
