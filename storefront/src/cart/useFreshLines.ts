import { useFittingRoom, useProfile } from "@fitting-room/client/react";
import { useCallback, useEffect, useRef, useState } from "react";

import { useRetryAfter } from "../account/useRetryAfter";
import type { BagLine } from "../bag/bag";
import { loadCards } from "../catalogue/cardStore";
import { useVisit } from "../live/useVisit";
import { type FreshLines, freshLines, type KnownCards, withOffersOfNow } from "./freshLines";

const RETURNS = ["focus", "online"] as const;

export interface CheckedLines extends FreshLines {
  /** The shop could not be asked: prices are those of when a product was put in. */
  isUnchecked: boolean;
}

/** The bag with the catalogue's words and the offers of now; as it was put in while the shop cannot be asked. */
export function useFreshLines(lines: readonly BagLine[]): CheckedLines {
  const client = useFittingRoom();
  const { profile } = useVisit();
  const [cards, setCards] = useState<KnownCards | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  const reload = useCallback(() => setTries((count) => count + 1), []);
  useRetryAfter(error, reload);
  const { state } = useProfile();
  const hasFailed = useRef(false);
  hasFailed.current = error !== null;
  useEffect(() => {
    // The shop is back.
    if (state === "live" && hasFailed.current) reload();
  }, [state, reload]);
  useEffect(() => {
    // A page that was left open for a day has the prices of yesterday.
    for (const name of RETURNS) addEventListener(name, reload);
    return () => {
      for (const name of RETURNS) removeEventListener(name, reload);
    };
  }, [reload]);
  const ids = [...new Set(lines.map(({ product_id: id }) => id))].sort().join("\n");
  useEffect(() => {
    if (ids === "") return undefined;
    const stop = new AbortController();
    const asked = ids.split("\n");
    loadCards(client, asked, { signal: stop.signal, now: true }).then(
      (found) => {
        if (stop.signal.aborted) return;
        setCards({ asked: new Set(asked), found });
        setError(null);
      },
      // The bag can be read as it was put in.
      (problem: unknown) => !stop.signal.aborted && setError(problem),
    );
    return () => stop.abort();
  }, [client, ids, tries]);
  const offered = withOffersOfNow(lines, profile?.bundled_discount_suggestions ?? []);
  return { ...freshLines(offered, cards), isUnchecked: error !== null };
}
