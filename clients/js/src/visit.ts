/** The visit: a session id made here, kept for the 48 hours that a session lives, for all tabs. */

import { newId, newSecret } from "./ids.js";
import type { Purpose } from "./shapes/events.js";
import type { Shelf } from "./storage.js";
import { tellListener } from "./warn.js";

export const LIFE_MS = 48 * 3600 * 1000;
const ID = /^[0-9a-f-]{36}$/;
const FORMER = 3;

type Begun = [id: string, secret: string];

interface KeptVisit {
  id: string;
  secret: string;
  begun: number;
  user: string | null;
  /** Only of pages on another site than the API, which have no cookie. */
  token?: string | undefined;
  /** What the shopper has chosen in this visit. */
  consent?: readonly Purpose[] | undefined;
  former: Begun[];
}

export interface Visit {
  id(): string;
  user(): string | null;
  consent(): readonly Purpose[] | undefined;
  /** The secret that a session was begun with: this one, or one before it with events unsent. */
  secretOf(session: string): string | undefined;
  tokenOf(session: string): string | undefined;
  /** Keep a token of this visit; forget it without any. */
  keepToken(token?: string | null): void;
  say(words: Partial<Pick<KeptVisit, "user" | "consent" | "former">>): void;
  /** Begin a fresh session, of nobody, unless `left` has been left already; the choice of consent holds on. */
  renew(left: string): string;
  /** Hear when the session may be a fresh one, also when another tab has begun it. */
  onChange(listener: () => void): () => void;
  tell(): void;
}

function checked(kept: unknown): KeptVisit | null {
  const { id, secret, begun, former, consent = [] } = (kept ?? {}) as KeptVisit;
  // A clock may have been set back since.
  const lives = ID.test(id) && secret && Math.abs(Date.now() - begun) < LIFE_MS;
  return lives && [former, consent].every(Array.isArray) ? (kept as KeptVisit) : null;
}

export function openVisit(shelf: Shelf, name: string, keepsTokens: boolean): Visit {
  const secrets = new Map<string, string>();
  const listeners = new Set<() => void>();
  let token: string | undefined;

  function current(): KeptVisit | null {
    const kept = checked(shelf.read(name));
    if (!kept) return kept;
    secrets.set(kept.id, kept.secret);
    return kept;
  }
  function begin(): KeptVisit {
    const before = current();
    const former = before ? [[before.id, before.secret] as Begun, ...before.former].slice(0, FORMER) : [];
    const fresh = { id: newId(), secret: newSecret(), begun: Date.now(), user: null, former, consent: before?.consent };
    shelf.write(name, fresh);
    secrets.set(fresh.id, fresh.secret);
    // Browsers tell other tabs only, and a page may have several clients.
    globalThis.dispatchEvent?.(new Event(name));
    return fresh;
  }
  const existing = () => current() ?? begin();
  /** The parts of a token are the id of its key, the session, when it expires, and the signature. */
  const fits = (text: unknown, session: string) => (
    String(text).split(".")[1] === session ? text as string : undefined
  );
  return {
    id: () => existing().id,
    user: () => current()?.user ?? null,
    consent: () => current()?.consent,
    secretOf(session) {
      const former = current()?.former.find((begun) => begun?.[0] === session);
      return secrets.get(session) ?? former?.[1];
    },
    tokenOf: (session) => fits(token, session) ?? fits(current()?.token, session),
    keepToken(text) {
      const visit = existing();
      if (text !== undefined && !fits(text, visit.id)) return;
      token = text as string | undefined;
      if (keepsTokens) shelf.write(name, { ...visit, token });
    },
    say: (words) => shelf.write(name, { ...existing(), ...words }),
    renew(left) {
      const { id } = existing();
      return id === left ? begin().id : id;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell: () => listeners.forEach((listener) => tellListener(listener)),
  };
}
