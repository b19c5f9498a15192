/** Calls of the API, with what shows whose page asks and whose visit it is. */

import { isLostSession, networkError, problemOf } from "./problem.js";
import type { Visit } from "./visit.js";

const PATIENCE_MS = 20_000;

export interface Call {
  method?: string;
  body?: unknown;
  signal?: AbortSignal | undefined;
  headers?: Record<string, string> | undefined;
  /** Whose token and secret are shown; the visit's where it is absent. */
  session?: string;
  keepalive?: boolean;
}

export interface Calls {
  headers(session?: string): Record<string, string>;
  /** An answer that is a success or 304; throws `ApiError`. */
  answer(path: string, call?: Call): Promise<Response>;
  request(path: string, call?: Call): Promise<any>;
  /** Without an answer, in a page that is left. */
  sendBeacon(path: string, text: string): void;
  /** What needs a session; one that is no longer ours is replaced by a fresh one. */
  bound<T>(ask: (session: string) => Promise<T>): Promise<T>;
}

export function openCalls(base: string, key: string, visit: Visit, isQuiet: () => boolean): Calls {
  function headers(session = visit.id()): Record<string, string> {
    const secret = visit.secretOf(session);
    const token = visit.tokenOf(session);
    return {
      ...(key && { "x-fitting-room-key": key }),
      ...(secret && { "x-session-secret": secret }),
      ...(token && { authorization: `Bearer ${token}` }),
    };
  }

  async function send(path: string, { method, body, headers: extra, keepalive, signal, session }: Call): Promise<Response> {
    try {
      return await fetch(base + path, {
        method: method ?? (body ? "POST" : "GET"),
        headers: { ...headers(session), ...(body ? { "content-type": "application/json" } : {}), ...extra },
        body: typeof body === "string" ? body : JSON.stringify(body),
        // Who may end the call has patience of their own.
        signal: signal ?? AbortSignal.timeout?.(PATIENCE_MS),
        keepalive,
        // Where nothing is to be kept, no cookie is either.
        credentials: isQuiet() ? "omit" : "same-origin",
      } as RequestInit);
    } catch (error) {
      throw signal?.aborted ? error : networkError(error);
    }
  }

  async function answer(path: string, call: Call = {}): Promise<Response> {
    const shown = visit.tokenOf(call.session ?? visit.id());
    const found = await send(path, call);
    visit.keepToken(found.headers.get("x-session-token"));
    if (found.ok || found.status === 304) return found;
    const problem = await problemOf(found);
    if (!shown || !isLostSession(problem)) throw problem;
    // The token may have expired: the secret still says whose visit it is.
    visit.keepToken();
    return answer(path, call);
  }

  let renewedAt = 0;
  return {
    headers,
    answer,
    async request(path, call) {
      const found = await answer(path, call);
      // No JSON is what a network answers that wants a log-in first.
      return found.status === 204 ? undefined : found.json().catch((error) => {
        throw networkError(error);
      });
    },
    sendBeacon(path, text) {
      // As text, since another site's page may send nothing else.
      navigator.sendBeacon?.(`${base}${path}${key && `?key=${encodeURIComponent(key)}`}`, text);
    },
    async bound(ask) {
      const session = visit.id();
      try {
        return await ask(session);
      } catch (error) {
        // Where fresh sessions are refused too, whoever asks tries again in its own time.
        if (!isLostSession(error) || Math.abs(Date.now() - renewedAt) < 5000) throw error;
        renewedAt = Date.now();
        return ask(visit.renew(session));
      }
    },
  };
}
