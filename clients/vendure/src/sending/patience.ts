/** A quota may last for a day; whoever raises it does not want to wait so long. */
const LONGEST_ASKED_SECONDS = 3_600;

/**
 * Seconds until the next try: twice as many each time, a random half of them, never above the last.
 * Those that the answer asked for are waited at least, up to an hour.
 */
export function waitSeconds(
  failures: number,
  [first, last]: readonly [number, number],
  retryAfterSeconds: number | null = null,
  random: () => number = Math.random,
): number {
  const doubled = Math.min(last, first * 2 ** Math.min(failures - 1, 30));
  const spread = doubled * (0.5 + random() / 2);
  return Math.max(spread, Math.min(LONGEST_ASKED_SECONDS, retryAfterSeconds ?? 0));
}
