import { useFittingRoom } from "@fitting-room/client/react";
import { useCallback, useState } from "react";

import { leaveVisit } from "../privacy/forgetPerson";
import { announce } from "../shell/announcer";
import { type Arrival, arrivalWords, isOtherUser, logIn } from "./login";
import { tokenFor } from "./shoppers";

export interface Login {
  /** Who is being logged in or out; empty for nobody. */
  busy: string;
  error: unknown;
  arrival: Arrival | null;
  /** Who wanted in while the visit is another's. */
  refused: string | null;
  logIn(name: string): void;
  /** End the other person's visit first. */
  logInAfresh(name: string): void;
  logOut(): void;
  dismiss(): void;
}

const LEAVING = "\u0000leaving";
const STRANGER = { type: "/problems/user-token", status: 401 };

export function useLogin(look: () => void): Login {
  const client = useFittingRoom();
  const [busy, setBusy] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [arrival, setArrival] = useState<Arrival | null>(null);
  const [refused, setRefused] = useState<string | null>(null);

  const run = useCallback(async (who: string, act: () => Promise<void>) => {
    setBusy(who);
    setError(null);
    setRefused(null);
    setArrival(null);
    try {
      await act();
    } catch (problem) {
      if (isOtherUser(problem)) setRefused(who);
      else setError(problem);
    } finally {
      setBusy("");
      look();
    }
  }, [look]);

  const enter = useCallback(async (name: string) => {
    const token = await tokenFor(client, name);
    if (token === null) throw STRANGER;
    const came = await logIn(client, name, token);
    setArrival(came);
    announce(arrivalWords(came));
  }, [client]);

  const leave = async () => {
    // What was done before is sent while it may be.
    await client.flush();
    await leaveVisit(client);
  };
  return {
    busy, error, arrival, refused,
    logIn: (name) => void run(name, () => enter(name)),
    logInAfresh: (name) => void run(name, async () => {
      await leave();
      await enter(name);
    }),
    logOut: () => void run(LEAVING, async () => {
      await leave();
      announce("You are logged out. A fresh visit has begun, which knows nothing of the one before.");
    }),
    dismiss: () => setRefused(null),
  };
}
