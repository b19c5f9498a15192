import type { FittingRoom } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import { useCallback, useEffect, useState } from "react";

import type { CardProduct } from "../catalogue/types";

export interface Found {
  products: readonly CardProduct[];
  /** What a search thinks of each; empty where products were not searched for. */
  scores: ReadonlyMap<string, number>;
  /** The shop has been asked for no more than these, and may have them. */
  isCut: boolean;
}

export type Read = (client: FittingRoom, signal: AbortSignal) => Promise<Found>;

export interface FoundList {
  found: Found | null;
  error: unknown;
  reload(): void;
}

const MOST_KEPT = 12;
const kept = new Map<string, Found>();

/** Products of a list, read once for its name; a list that is returned to is there at once. */
export function useFound(name: string | null, read: Read): FoundList {
  const client = useFittingRoom();
  const [answer, setAnswer] = useState<{ name: string; found: Found | null; error: unknown } | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (name === null) return undefined;
    const stop = new AbortController();
    read(client, stop.signal).then(
      (found) => {
        if (stop.signal.aborted) return;
        kept.set(name, found);
        const oldest = kept.keys().next().value;
        if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
        setAnswer({ name, found, error: null });
      },
      (error: unknown) => !stop.signal.aborted && setAnswer({ name, found: kept.get(name) ?? null, error }),
    );
    return () => stop.abort();
  }, [client, name, read, tries]);
  const reload = useCallback(() => setTries((count) => count + 1), []);
  const isCurrent = answer !== null && answer.name === name;
  const found = isCurrent ? answer.found : name === null ? null : (kept.get(name) ?? null);
  return { found, error: isCurrent ? answer.error : null, reload };
}
