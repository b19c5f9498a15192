import type { Profile } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import { startTransition, useEffect, useState } from "react";

import type { Entry } from "../cards/entry";
import { loadCards } from "../catalogue/cardStore";
import type { Placed } from "../home/personal";

export interface PlacedCards {
  /** Null until they are there. */
  entries: readonly Entry[] | null;
  /** The one whose cards these are: what is said above them is said of it. */
  profile: Profile | null;
}

const NONE: PlacedCards = { entries: null, profile: null };

/** Cards of products that a profile places, always of the newest whose cards have come. */
export function usePlaced(profile: Profile | null, choose: (profile: Profile) => readonly Placed[]): PlacedCards {
  const client = useFittingRoom();
  const [placed, setPlaced] = useState(NONE);
  useEffect(() => {
    if (profile === null) return setPlaced(NONE);
    const stop = new AbortController();
    const chosen = choose(profile);
    loadCards(client, chosen.map(({ id }) => id), { signal: stop.signal }).then(
      (cards) => {
        if (stop.signal.aborted) return;
        const entries = chosen.flatMap(({ id, slot, explored, reason }) => {
          const product = cards.get(id);
          return product ? [{ product, decisionId: profile.decision_id, slot, explored, reason }] : [];
        });
        startTransition(() => setPlaced({ entries, profile }));
      },
      () => {
        /** What was shown stays; the next profile tries again. */
      },
    );
    return () => stop.abort();
  }, [client, profile, choose]);
  return placed;
}
