const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** A server may ask for more patience than ours. */
export const LONGEST_ASKED_MS = 600_000;

export interface Pauses {
  /** Milliseconds until the next try, 0 while all goes well. */
  readonly now: number;
  grow(retryAfterSeconds?: number | null): number;
  reset(): void;
}

/** Doubles with every failure; spread, so that a crowd does not come back at once. */
export function openPauses(): Pauses {
  let plain = 0;
  let now = 0;
  return {
    get now() {
      return now;
    },
    grow(retryAfterSeconds) {
      plain = Math.min(LONGEST_MS, plain * 2 || FIRST_MS);
      const asked = Math.min(LONGEST_ASKED_MS, (retryAfterSeconds ?? 0) * 1_000);
      // Never before the moment that was asked for.
      return now = Math.max(asked, Math.max(plain, asked) * (0.8 + 0.4 * Math.random()));
    },
    reset() {
      plain = now = 0;
    },
  };
}
