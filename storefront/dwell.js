/**
 * How long a product is looked at, and how long the pointer rests on its card.
 *
 * Only time counts in which the page is seen and half of the product is on screen, from the first
 * second on: what is scrolled past sends nothing. Parts are sent when the page is left or hidden.
 */

import { outcomeFields } from "./came_from.js";
import { Stopwatch } from "./stopwatch.js";
import { track } from "./tracker.js";
import { isVisible, onVisibility } from "./visible.js";

const SHARE = 0.5;
const SHORTEST_DWELL_MS = 1_000;
const LONGEST_DWELL_MS = 60_000;
const SHORTEST_HOVER_MS = 400;
const LONGEST_HOVER_MS = 3_000;

/** Report how long a product's own page shows it, `LONGEST_DWELL_MS` at most in one page view. */
export function watchDwell(node, product) {
  const watch = new Stopwatch();
  let onScreen = false;
  let left = LONGEST_DWELL_MS;
  const observer = new IntersectionObserver(
    ([entry]) => {
      onScreen = entry.intersectionRatio >= SHARE || entry.intersectionRect.height >= innerHeight * SHARE;
      watch.run(onScreen && isVisible());
    },
    { threshold: [0, 0.1, 0.25, SHARE, 0.75, 1] },
  );
  const send = () => {
    const duration = Math.min(left, Math.round(watch.take(SHORTEST_DWELL_MS)));
    if (duration <= 0) return;
    left -= duration;
    track("dwell", { product_id: product, duration_ms: duration, ...outcomeFields(product) });
  };
  observer.observe(node);
  // Before the tracker empties its queue for the last time.
  addEventListener("pagehide", send, { capture: true });
  onVisibility((visible) => {
    watch.run(visible && onScreen);
    if (!visible) send();
  });
}

/** Report how long a mouse rests on a card; a finger has no hover. */
export function watchHover(card) {
  let began = null;
  card.addEventListener("pointerenter", (event) => {
    began = event.pointerType === "mouse" ? performance.now() : null;
  });
  card.addEventListener("pointerleave", () => {
    const duration = began === null || !isVisible() ? 0 : Math.round(performance.now() - began);
    began = null;
    if (duration < SHORTEST_HOVER_MS) return;
    const { product, decision, slot } = card.dataset;
    const from = decision && slot !== undefined ? { decision_id: decision, slot: Number(slot) } : {};
    track("hover", { product_id: product, duration_ms: Math.min(LONGEST_HOVER_MS, duration), ...from });
  });
}
