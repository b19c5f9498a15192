/**
 * What the shopper has chosen in this browser, kept without an end: a refusal outlives the session
 * that it was said in, and a time when the shop could not be told of it.
 */

import type { Purpose } from "@fitting-room/client";

import { browserStorage } from "../storage/kept.ts";
import { knownPurposes, USUAL } from "./agreed.ts";

export const CHOICE_KEY = "fr.shop.choice";
/** The client's own: the session and what is said with its events. */
export const VISIT_KEY = "fr.visit";

export interface KeptChoice {
  purposes: readonly Purpose[];
  /** The session that it is of; empty once that is over. */
  session: string;
  /** Whether the shop has taken it for that session. */
  isTold: boolean;
}

const listeners = new Set<() => void>();

export function readChoice(): KeptChoice | null {
  const kept = browserStorage.read(CHOICE_KEY) as Partial<KeptChoice> | null;
  if (!Array.isArray(kept?.purposes) || typeof kept.session !== "string") return null;
  return { purposes: knownPurposes(kept.purposes), session: kept.session, isTold: kept.isTold === true };
}

export function keepChoice(choice: KeptChoice): void {
  browserStorage.write(CHOICE_KEY, choice);
  tell();
}

/** Hear of every change, also of those in other tabs. */
export function onChoice(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function tell(): void {
  for (const listener of [...listeners]) listener();
}

globalThis.addEventListener?.("storage", (event) => {
  if ((event as StorageEvent).key === CHOICE_KEY) tell();
});

/** Whether the shop has still to hear of it for this session. */
export const isUntold = (kept: KeptChoice | null, session: string): boolean =>
  kept !== null && !(kept.isTold && kept.session === session);

/** Only refusals carry over to another session: what it has, without what was refused. */
export const carriedTo = (purposes: readonly Purpose[], fresh: readonly Purpose[]): readonly Purpose[] =>
  fresh.filter((purpose) => purposes.includes(purpose));

/** What holds in a session of which the shop says `read`; null where nobody knows. */
export function inForce(kept: KeptChoice | null, session: string, read: readonly Purpose[] | null): readonly Purpose[] | null {
  if (kept === null || !isUntold(kept, session)) return read;
  return kept.session === session ? kept.purposes : carriedTo(kept.purposes, read ?? USUAL);
}

/** While everything is paused, this browser keeps nothing of what is done either. */
export const isPaused = (): boolean => readChoice()?.purposes.length === 0;

/**
 * Let events of a fresh session say what carries over to it, before any is sent: the client hands
 * on all of the former choice, and none that is older than its session.
 */
export function holdChoice(session: string): void {
  const kept = readChoice();
  if (kept !== null && session !== "" && kept.session !== session) changeVisit(session, { consent: carriedTo(kept.purposes, USUAL) });
}

/** Change what the client keeps of this session. */
export function changeVisit(session: string, change: object): void {
  const visit = browserStorage.read(VISIT_KEY) as { id?: unknown } | null;
  if (visit?.id === session) browserStorage.write(VISIT_KEY, { ...visit, ...change });
}
