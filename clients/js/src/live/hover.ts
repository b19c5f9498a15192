/** How long a mouse rests on a card; a finger has no hover. */

import type { EventFields } from "../shapes/events.js";
import { isVisible, listen } from "../visible.js";

const SHORTEST_MS = 400;
const LONGEST_MS = 3_000;

export function watchHover(card: Element, report: (fields: EventFields) => void): () => void {
  let began: number | null = null;
  return listen(card, ["pointerenter", "pointerleave"], (event) => {
    const duration = began !== null && isVisible() ? Math.round(performance.now() - began) : 0;
    const { type, pointerType } = event as PointerEvent;
    began = type === "pointerenter" && pointerType === "mouse" ? performance.now() : null;
    if (duration >= SHORTEST_MS) report({ duration_ms: Math.min(LONGEST_MS, duration) });
  });
}
