import { useFittingRoom } from "@fitting-room/client/react";
import { useEffect, useLayoutEffect } from "react";

import { forgetDoneOrder } from "../checkout/doneOrder";
import { onDeparture } from "../privacy/departures";
import { holdChoice } from "./keptChoice";
import { tellerOf } from "./tellChoice";

/** On every page: the shop hears of the kept choice, and of each fresh session before its first event. */
export function useToldChoice(): void {
  const client = useFittingRoom();
  // Before the effects of the page, which report that it is looked at.
  useLayoutEffect(() => holdChoice(client.sessionId), [client]);
  useEffect(() => {
    const tell = () => {
      holdChoice(client.sessionId);
      void tellerOf(client).tell();
    };
    tell();
    const end = client.onSession(tell);
    addEventListener("online", tell);
    return () => {
      end();
      removeEventListener("online", tell);
    };
  }, [client]);
  // Each tab has an order of its own, also where another one was left.
  useEffect(() => onDeparture(forgetDoneOrder), []);
}
