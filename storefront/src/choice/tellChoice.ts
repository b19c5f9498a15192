/** Tells the shop of the kept choice, once for each session, and again until it has taken it. */

import type { FittingRoom, Purpose } from "@fitting-room/client";

import { browserStorage } from "../storage/kept.ts";
import { carriedTo, changeVisit, CHOICE_KEY, isUntold, keepChoice, readChoice } from "./keptChoice.ts";

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** By themselves, some five minutes; then the next page, session or connection begins anew. */
const MOST_TRIES = 10;

export type Told = Pick<FittingRoom, "sessionId" | "request" | "setConsent">;

export interface Teller {
  /** Try at once; resolves with the error of this try, or null. Further ones follow by themselves. */
  tell(): Promise<unknown>;
}

type Wait = (act: () => void, milliseconds: number) => unknown;

export function openTeller(client: Told, wait: Wait = setTimeout): Teller {
  let under: Promise<unknown> | undefined;
  let isWanted = false;
  let tries = 0;
  /** Only the newest of the tries that are waited for counts. */
  let round = 0;

  async function tellOnce(): Promise<void> {
    const session = client.sessionId;
    const kept = readChoice();
    if (kept === null || !isUntold(kept, session)) return;
    const text = browserStorage.readText(CHOICE_KEY);
    const isSame = () => browserStorage.readText(CHOICE_KEY) === text;
    const isAsIs = kept.session === session || kept.purposes.length === 0;
    const said = isAsIs ? kept.purposes : carriedTo(kept.purposes, await usualOf(session));
    if (client.sessionId !== session || !isSame()) {
      isWanted = true;
      return;
    }
    const { consent, session_id: told } = await client.setConsent(said);
    const now = readChoice();
    if (now === null || isSame()) {
      // The session may have been lost on the way, and a fresh one has been told.
      changeVisit(told, { consent });
      return keepChoice({ purposes: consent, session: told, isTold: true });
    }
    // Another choice has come meanwhile: whichever arrived last, the newer is said once more.
    keepChoice({ ...now, isTold: false });
    isWanted = true;
  }

  /** What a session has of which nobody has chosen; not by `readConsent`, which may begin yet another. */
  async function usualOf(session: string): Promise<readonly Purpose[]> {
    const { consent } = await client.request<{ consent: readonly Purpose[] }>(`/v1/sessions/${session}/consent`);
    return consent;
  }

  async function run(): Promise<unknown> {
    let error: unknown;
    do {
      isWanted = false;
      error = await tellOnce().then(() => null, (problem: unknown) => problem);
    } while (isWanted);
    under = undefined;
    if (error === null) tries = 0;
    else plan(error);
    return error;
  }

  function plan(error: unknown): void {
    if ((tries += 1) >= MOST_TRIES) return;
    const asked = ((error as { retryAfter?: number | null } | null)?.retryAfter ?? 0) * 1_000;
    const own = round += 1;
    wait(() => void (own === round && start()), Math.max(asked, Math.min(LONGEST_MS, FIRST_MS * 2 ** (tries - 1))));
  }

  function start(): Promise<unknown> {
    round += 1;
    if (under !== undefined) isWanted = true;
    return under ??= run();
  }

  return {
    tell() {
      tries = 0;
      return start();
    },
  };
}

const tellers = new WeakMap<Told, Teller>();

/** The one of a page. */
export function tellerOf(client: Told): Teller {
  const teller = tellers.get(client) ?? openTeller(client);
  tellers.set(client, teller);
  return teller;
}
