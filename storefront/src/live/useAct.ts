import type { FittingRoom } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import { useCallback } from "react";

/** Report an act of the shopper and send it at once: the page is to answer within a second. */
export function useAct(): FittingRoom["track"] {
  const client = useFittingRoom();
  return useCallback<FittingRoom["track"]>((type, fields) => {
    client.track(type, fields);
    client.flush().catch(() => {
      /** It stays queued, and goes with the next batch. */
    });
  }, [client]);
}
