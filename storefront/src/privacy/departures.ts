/** Tells all tabs that somebody has left: by a logout or an erasure, not by a visit that grew too old. */

import { browserStorage } from "../storage/kept.ts";

/** Changes with every departure, and names nobody. */
export const DEPARTED_KEY = "fr.shop.departed";
const listeners = new Set<() => void>();

export function onDeparture(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function sayDeparture(): void {
  browserStorage.write(DEPARTED_KEY, Date.now());
  tell();
}

function tell(): void {
  for (const listener of [...listeners]) listener();
}

globalThis.addEventListener?.("storage", (event) => {
  if ((event as StorageEvent).key === DEPARTED_KEY) tell();
});
