/** Adds up the stretches of time in which something is on. */

export interface Stopwatch {
  run(on: boolean): void;
  /** What was added up so far, in milliseconds, which then begins again; 0 below `least`. */
  take(least: number): number;
}

export function openStopwatch(now: () => number = () => performance.now()): Stopwatch {
  let since: number | null = null;
  let sum = 0;
  function run(on: boolean): void {
    if (since !== null) sum += now() - since;
    since = on ? now() : null;
  }
  return {
    run,
    take(least) {
      run(since !== null);
      if (sum < least) return 0;
      const taken = sum;
      sum = 0;
      return taken;
    },
  };
}
