/**
 * How long a product is looked at. Only time counts in which the page is seen and half of the
 * product is on screen, from the first second on: what is scrolled past sends nothing. Parts are
 * sent when the page is left or hidden.
 */

import type { EventFields } from "../shapes/events.js";
import { isVisible, listen, onVisibility } from "../visible.js";
import { openStopwatch } from "./stopwatch.js";

const SHARE = 0.5;
const SHORTEST_MS = 1_000;
/** In one page view. */
const LONGEST_MS = 60_000;

export function watchDwell(node: Element, report: (fields: EventFields) => void): () => void {
  const watch = openStopwatch();
  let isOnScreen = false;
  let left = LONGEST_MS;
  const observer = new IntersectionObserver((entries) => {
    const entry = entries.at(-1)!;
    isOnScreen = entry.intersectionRatio >= SHARE || entry.intersectionRect.height >= innerHeight * SHARE;
    watch.run(isOnScreen && isVisible());
  }, { threshold: [0, 0.1, 0.25, SHARE, 0.75, 1] });

  function send(): void {
    const duration_ms = Math.min(left, Math.round(watch.take(SHORTEST_MS)));
    if (duration_ms <= 0) return;
    left -= duration_ms;
    report({ duration_ms });
  }
  observer.observe(node);
  const ends = [
    // Before the tracker empties its queue for the last time.
    listen(globalThis, ["pagehide"], send, true),
    onVisibility((visible) => {
      watch.run(visible && isOnScreen);
      if (!visible) send();
    }, true),
  ];
  return () => {
    observer.disconnect();
    for (const end of ends) end();
    watch.run(false);
    send();
  };
}
