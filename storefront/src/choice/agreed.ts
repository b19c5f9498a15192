/** Purposes that a visit may be used for, by name. */

import type { Purpose } from "@fitting-room/client";

const NAMES: readonly Purpose[] = ["measure", "personalize", "learn", "share"];

/** What a shop asks for where nothing is known of an earlier choice. */
export const USUAL: readonly Purpose[] = ["measure", "personalize", "learn"];

/** Purposes of a stored list, in our order; what is spoiled is left out. */
export function knownPurposes(stored: unknown): readonly Purpose[] {
  return NAMES.filter((purpose) => Array.isArray(stored) && stored.includes(purpose));
}
