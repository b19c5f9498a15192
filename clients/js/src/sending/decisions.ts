/**
 * Tokens of decisions before the first event: of a profile or of a row, which the service keeps
 * nowhere until an event comes. They go with every batch of their session, since each may meet
 * another process of the service.
 */

import type { Shelf } from "../storage.js";

const TOKENS = 24;
/** Of all tokens: a request that outlives its page may have 64 KiB. */
const CHARACTERS = 40_000;
const LIFE_MS = 6 * 3_600_000;

interface KeptToken { session: string; token: string; at: number }

export interface Decisions {
  remember(session: string, made: { decision_token?: string | null | undefined }): void;
  /** The newest first. */
  tokens(session: string): string[];
  /** The token of a row, which begins with `row.` and the decision's id. */
  tokenOf(decisionId: string): string | undefined;
}

export function openDecisions(shelf: Shelf, root: string): Decisions {
  const name = `${root}decisions`;
  const kept = () => shelf.list<KeptToken>(name).filter(({ at }) => Math.abs(Date.now() - at) < LIFE_MS);
  const tokens = (session: string) => kept().filter((known) => known.session === session).map(({ token }) => token);
  return {
    remember(session, { decision_token: made }) {
      if (!made) return;
      let room = CHARACTERS;
      const newest = [made, ...tokens(session).filter((token) => token !== made)].slice(0, TOKENS);
      shelf.write(name, newest.filter((token) => (room -= token.length) >= 0).map((token) => ({ session, token, at: Date.now() })));
    },
    tokens,
    tokenOf: (id) => kept().find(({ token }) => token.startsWith(`row.${id}.`))?.token,
  };
}
