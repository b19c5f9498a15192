import { useEffect } from "react";

/** Longer than this nobody waits before a page. */
const LONGEST_SECONDS = 120;

/** Ask again by itself where the service has said when that may help (`Retry-After`). */
export function useRetryAfter(error: unknown, reload: () => void): void {
  useEffect(() => {
    const seconds = (error as { retryAfter?: number | null } | null)?.retryAfter;
    if (seconds === null || seconds === undefined || seconds > LONGEST_SECONDS) return undefined;
    const timer = setTimeout(reload, Math.max(1, seconds) * 1_000);
    return () => clearTimeout(timer);
  }, [error, reload]);
}
