import type { BundleSuggestion, Profile } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import { startTransition, useEffect, useState } from "react";

import { loadCards } from "../catalogue/cardStore";
import { type ShownBundle, shownBundles } from "./bundles";

const MOST = 3;
const ALL = () => true;

/** Bundles of a profile, with their products; null until it is known which there are. */
export function useBundles(profile: Profile | null, only: (bundle: BundleSuggestion) => boolean = ALL): readonly ShownBundle[] | null {
  const client = useFittingRoom();
  const [bundles, setBundles] = useState<readonly ShownBundle[] | null>(null);
  useEffect(() => {
    if (profile === null) return setBundles(null);
    const stop = new AbortController();
    const suggested = profile.bundled_discount_suggestions.filter(only);
    loadCards(client, suggested.flatMap(({ product_ids: ids }) => ids), { signal: stop.signal }).then(
      (cards) => {
        if (stop.signal.aborted) return;
        startTransition(() => setBundles(shownBundles(suggested, cards, profile.decision_id, MOST)));
      },
      // What was shown stays.
      () => {
        if (!stop.signal.aborted) setBundles((shown) => shown ?? []);
      },
    );
    return () => stop.abort();
  }, [client, profile, only]);
  return bundles;
}
