/** What a page needs only once it is there: looks at products, and profiles as they are made. */

import type { Calls } from "./calls.js";
import { watchDwell } from "./live/dwell.js";
import { watchHover } from "./live/hover.js";
import { openImpressions } from "./live/impressions.js";
import { openStream, type ProfileSource, type Stream } from "./live/stream.js";
import type { FittingRoom } from "./options.js";
import type { EventFields } from "./shapes/events.js";
import type { Place, Shown } from "./sending/clicks.js";
import type { Visit } from "./visit.js";

export interface Live extends Stream {
  watch(element: Element, shown: Shown, place: Place): () => void;
  watchDwell: FittingRoom["watchDwell"];
}

export type LoadLive = () => Promise<{ openLive: typeof openLive }>;

export function openLive(calls: Calls, visit: Visit, source: ProfileSource, track: FittingRoom["track"]): Live {
  const impressions = openImpressions((decision_id, seen) => track("impression", {
    decision_id, product_ids: seen.map(({ productId }) => productId), slots: seen.map(({ slot }) => slot!),
  }));
  return {
    ...openStream(calls, visit, source),
    watch(element, shown, place) {
      const ends = [
        impressions.watch(element, shown),
        watchHover(element, (fields) => track("hover", { product_id: shown.productId, ...place, ...fields } as EventFields)),
      ];
      return () => ends.forEach((end) => end());
    },
    watchDwell: (element, product_id, from) => watchDwell(element, (fields) => track("dwell", {
      product_id, ...(from && { decision_id: from.decisionId, slot: from.slot }), ...fields,
    })),
  };
}
