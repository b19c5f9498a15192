import type { Profile } from "@fitting-room/client";
import { useEffect, useState } from "react";

import type { Entry } from "../cards/entry";
import { isPaused } from "../choice/keptChoice";
import { onDeparture } from "../privacy/departures";
import type { ShownRow } from "../rows/useRows";
import { browserStorage } from "../storage/kept";
import { LAST_KEY } from "../storage/names";

const MOST = 12;

/** What the home page showed last, kept for a time when the shop is away; without its decisions, which are over. */
export function useLastHome(personal: readonly Entry[] | null, rows: readonly ShownRow[] | null, profile: Profile | null): readonly Entry[] | null {
  const [last, setLast] = useState<readonly Entry[] | null>(null);
  useEffect(() => {
    // Everybody sees the same while all is paused.
    if (isPaused()) return undefined;
    const kept = browserStorage.read(LAST_KEY);
    setLast(Array.isArray(kept) ? kept.filter((entry) => typeof entry?.product?.title === "string") : null);
    return onDeparture(() => setLast(null));
  }, []);
  useEffect(() => {
    if (profile === null || personal === null || personal.length === 0 || isPaused()) return;
    const all = [...personal, ...(rows?.flatMap(({ entries }) => entries) ?? [])];
    const once = new Map(all.map(({ product }) => [product.product_id, { product }]));
    browserStorage.write(LAST_KEY, [...once.values()].slice(0, MOST));
  }, [personal, rows, profile]);
  return last;
}
