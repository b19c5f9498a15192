import type { Purpose } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import { useCallback, useEffect, useReducer, useRef, useState } from "react";

import { useRetryAfter } from "../account/useRetryAfter";
import { inForce, isUntold, keepChoice, onChoice, readChoice } from "../choice/keptChoice";
import { tellerOf } from "../choice/tellChoice";
import { announce } from "../shell/announcer";
import { browserStorage } from "../storage/kept";
import { BEFORE_PAUSE_KEY } from "../storage/names";
import { afterPause } from "./purposes";

export interface Consent {
  /** What holds: the choice made here while the shop has not heard of it, else what the shop says; null until it is read. */
  agreed: readonly Purpose[] | null;
  isBusy: boolean;
  /** Whether the shop has still to hear of the choice; it is told by itself. */
  isUntold: boolean;
  /** That it could not be read. */
  error: unknown;
  /** Why the shop could not be told. */
  refused: unknown;
  choose(purposes: readonly Purpose[], words: string): void;
  pause(isOn: boolean): void;
  reload(): void;
}

export function useConsent(): Consent {
  const client = useFittingRoom();
  const { read, error, reload } = useReadConsent();
  const [isBusy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);

  // Before the first reading nothing is known, and the exported page says nothing.
  const [isAlive, wake] = useReducer(() => true, false);
  useEffect(wake, [wake]);
  const kept = isAlive ? readChoice() : null;
  const session = isAlive ? client.sessionId : "";
  const agreed = inForce(kept, session, read);

  const choose = useCallback<Consent["choose"]>((purposes, words) => {
    setBusy(true);
    setRefused(null);
    keepChoice({ purposes, session: client.sessionId, isTold: false });
    tellerOf(client).tell().then((problem) => {
      setRefused(problem);
      announce(problem === null ? words : `${words} The shop has not heard of it yet.`);
    }).finally(() => setBusy(false));
  }, [client]);

  const pause = useCallback<Consent["pause"]>((isOn) => {
    if (isOn) {
      browserStorage.write(BEFORE_PAUSE_KEY, agreed);
      choose([], "Everything is paused. Nothing of your visit is used, and every page is the same for everybody.");
    } else choose(afterPause(browserStorage.read(BEFORE_PAUSE_KEY)), "The pause is over. What was done before it stays unused.");
  }, [agreed, choose]);

  return { agreed, isBusy, isUntold: isUntold(kept, session), error, refused, choose, pause, reload };
}

/** What the shop says of the session, read again when that may have changed. */
function useReadConsent(): { read: readonly Purpose[] | null; error: unknown; reload(): void } {
  const client = useFittingRoom();
  const [read, setRead] = useState<readonly Purpose[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  const [, draw] = useReducer((count: number) => count + 1, 0);
  /** Choices so far: what was read before one is older than it. */
  const choices = useRef(0);
  const reload = useCallback(() => setTries((count) => count + 1), []);
  useRetryAfter(error, reload);

  useEffect(() => {
    let isCurrent = true;
    const asked = choices.current;
    client.readConsent().then(
      ({ consent }) => {
        if (!isCurrent || asked !== choices.current) return;
        setRead(consent);
        setError(null);
      },
      (problem: unknown) => isCurrent && asked === choices.current && setError(problem),
    );
    return () => {
      isCurrent = false;
    };
  }, [client, tries]);
  useEffect(() => {
    // Another tab may have chosen meanwhile, or begun a fresh visit.
    const ends = [client.onSession(reload), onChoice(() => {
      choices.current += 1;
      const kept = readChoice();
      if (kept !== null && !isUntold(kept, client.sessionId)) {
        setRead(kept.purposes);
        setError(null);
      } else draw();
    })];
    addEventListener("focus", reload);
    return () => {
      for (const end of ends) end();
      removeEventListener("focus", reload);
    };
  }, [client, reload]);
  return { read, error, reload };
}
