import { useFittingRoom } from "@fitting-room/client/react";
import { useCallback, useEffect, useState } from "react";

import { readShoppers } from "./shoppers";
import { useRetryAfter } from "./useRetryAfter";

export interface Shoppers {
  /** Null until they are read. */
  names: readonly string[] | null;
  error: unknown;
  reload(): void;
}

export function useShoppers(): Shoppers {
  const client = useFittingRoom();
  const [names, setNames] = useState<readonly string[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    readShoppers(client, stop.signal).then(
      (read) => {
        if (stop.signal.aborted) return;
        setNames(read);
        setError(null);
      },
      (problem: unknown) => !stop.signal.aborted && setError(problem),
    );
    return () => stop.abort();
  }, [client, tries]);
  const reload = useCallback(() => setTries((count) => count + 1), []);
  useRetryAfter(error, reload);
  return { names, error, reload };
}
