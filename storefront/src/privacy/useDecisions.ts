import { useFittingRoom } from "@fitting-room/client/react";
import { useCallback, useEffect, useState } from "react";

import { useRetryAfter } from "../account/useRetryAfter";
import { loadCards } from "../catalogue/cardStore";
import type { PastDecision } from "./decisions";
import { isNotBegun } from "./notBegun";

const MOST = 12;

export interface Decisions {
  /** Null until they are read; none of a visit that has not begun. */
  decisions: readonly PastDecision[] | null;
  titles: ReadonlyMap<string, string>;
  error: unknown;
  reload(): void;
}

/** Read when it is asked for: `isOpen`. */
export function useDecisions(isOpen: boolean): Decisions {
  const client = useFittingRoom();
  const [found, setFound] = useState<Pick<Decisions, "decisions" | "titles">>({ decisions: null, titles: new Map() });
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  const reload = useCallback(() => setTries((count) => count + 1), []);
  useRetryAfter(error, reload);
  useEffect(() => client.onSession(() => {
    // Those of another visit are not this one's.
    setFound({ decisions: null, titles: new Map() });
    reload();
  }), [client, reload]);

  useEffect(() => {
    if (!isOpen) return undefined;
    const stop = new AbortController();
    const read = async () => {
      const { decisions } = await client.request<{ decisions: PastDecision[] }>(`/v1/sessions/${client.sessionId}/decisions?limit=${MOST}`, { signal: stop.signal });
      const cards = await loadCards(client, decisions.flatMap(({ product_ids: ids }) => ids), { signal: stop.signal }).catch(() => new Map());
      return { decisions, titles: new Map([...cards].map(([id, { title }]) => [id, title])) };
    };
    read().then(
      (answer) => {
        if (stop.signal.aborted) return;
        setFound(answer);
        setError(null);
      },
      (problem: unknown) => {
        if (stop.signal.aborted) return;
        if (isNotBegun(problem)) setFound({ decisions: [], titles: new Map() });
        else setError(problem);
      },
    );
    return () => stop.abort();
  }, [client, isOpen, tries]);
  return { ...found, error, reload };
}
