/** The client as pages see it. */

import type { Shown } from "./sending/clicks.js";
import type { StreamState } from "./live/stream.js";
import type { ConsentState, EventFields, EventType, Purpose } from "./shapes/events.js";
import type { Explanation } from "./shapes/explanation.js";
import type { Profile } from "./shapes/profile.js";
import type { RankQuestion, Ranking, Row, RowQuestion } from "./shapes/rows.js";

export interface Options {
  /** Where the API is; "" is the page's own origin. */
  apiUrl?: string | undefined;
  /** The publishable key; that of `<meta name="fitting-room-key">` where it is absent. */
  key?: string | undefined;
  /** Said with events. "wait": nothing is sent or kept before `setConsent()`; [] keeps nothing either. */
  consent?: readonly Purpose[] | "wait" | undefined;
  /** A batch is sent at so many events (10), or after so many seconds (2). */
  flushEvents?: number | undefined;
  flushSeconds?: number | undefined;
}

export interface Cancellable {
  signal?: AbortSignal | undefined;
}

export interface FittingRoom {
  /** Made with its first use, lives 48 hours, shared by all tabs. */
  readonly sessionId: string;
  readonly userId: string | null;
  /** Events given up: above 1,000, older than 48 hours, or of a kind that cannot be sent. */
  readonly dropped: number;
  readonly queued: number;
  /** Report what happened; never throws. */
  track(type: EventType, fields?: EventFields): void;
  /**
   * Send what is queued; resolves also where that failed, `queued` says so. While a server has asked
   * for patience, or does not answer, it waits as all events do.
   */
  flush(): Promise<void>;
  profile(): Promise<Profile>;
  /** Hear of each profile as it is made; returns the end. All listeners share one stream. */
  subscribe(onProfile: (profile: Profile) => void, onState?: (state: StreamState) => void): () => void;
  recommendations(rows: readonly RowQuestion[], options?: Cancellable): Promise<Row[]>;
  rank(question: RankQuestion, options?: Cancellable): Promise<Ranking>;
  explanation(decisionId: string): Promise<Explanation>;
  readConsent(): Promise<ConsentState>;
  /** Choose what the visit may be used for; [] refuses all, and forgets all but that. */
  setConsent(purposes: readonly Purpose[]): Promise<ConsentState>;
  /** Make the visit a person's, by a user token of the shop's server. */
  login(userToken: string): Promise<void>;
  /** End the session. A fresh one begins in any case, also where the API could not be told. */
  logout(): Promise<void>;
  /** Any other call of the API; throws `ApiError`. */
  request<T>(path: string, init?: { method?: string; body?: unknown; signal?: AbortSignal }): Promise<T>;
  authHeaders(): Record<string, string>;
  /** Hear when the session is another, also when another tab has begun it; returns the end. */
  onSession(listener: (sessionId: string) => void): () => void;
  /**
   * Report when a card was half on screen for a second, and hovers; a click on it is remembered for
   * the page that it leads to. Returns the end.
   */
  watch(element: Element, shown: Shown): () => void;
  /** Report how long a product's own page shows it; returns the end. */
  watchDwell(element: Element, productId: string, from?: { decisionId: string; slot: number }): () => void;
  /** Stop timers, streams and listeners; the next use starts them again. */
  close(): void;
}
