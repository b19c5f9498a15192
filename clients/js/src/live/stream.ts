/**
 * New profiles as they are made, for all listeners of a page; reconnects by itself, asks from time
 * to time where no stream can be had, and says how it stands.
 *
 * By `fetch`, since an `EventSource` shows nothing but a cookie: where the browser keeps none, and
 * between a logout and the next event, only the secret says whose session it is.
 */

import type { Calls } from "../calls.js";
import { LONGEST_ASKED_MS, openPauses } from "../pauses.js";
import type { ApiError } from "../problem.js";
import type { Profile } from "../shapes/profile.js";
import { isVisible, listen, onVisibility } from "../visible.js";
import type { Visit } from "../visit.js";
import { tellListener } from "../warn.js";
import { framesIn } from "./frames.js";

export type StreamState = "connecting" | "live" | "polling" | "offline" | "ended";
type OnProfile = (profile: Profile) => void;
type OnState = (state: StreamState) => void;

const FAILURES = 3;
const POLL_MS = 5_000;
/** Between two tries to have a stream again. */
const POLLS = 12;
/** A browser has six connections to a server for all tabs: one behind gives its own back. */
const BEHIND_MS = 30_000;

export interface ProfileSource {
  /** Null where nothing is new. */
  readNew(): Promise<Profile | null>;
  remember(profile: Profile): void;
}

export interface Stream {
  subscribe(onProfile: OnProfile, onState?: OnState): () => void;
  end(): void;
}

export function openStream(calls: Calls, visit: Visit, source: ProfileSource): Stream {
  const listeners = new Map<OnProfile, OnState>();
  let state: StreamState = "connecting";
  let last: Profile | undefined;
  let open: { stop: AbortController; session: string } | undefined;
  let ends: (() => void)[] = [];
  /** Nothing is asked before, whatever comes back: a server has asked for patience. */
  let quietUntil = 0;

  function say(now: StreamState): void {
    if (now === state) return;
    state = now;
    for (const onState of listeners.values()) onState(now);
  }
  function show(profile: Profile | null): void {
    // A visit may have ended while its last profile was on the way.
    if (!profile || profile.session_id !== visit.id()) return;
    last = profile;
    for (const onProfile of [...listeners.keys()]) onProfile(profile);
  }

  function heed(error: unknown): void {
    const asked = Math.min(LONGEST_ASKED_MS, ((error as ApiError).retryAfter ?? 0) * 1_000);
    // Spread, so that a crowd does not come back at once.
    if (asked > 0) quietUntil = Date.now() + asked * (1 + 0.2 * Math.random());
  }

  async function follow(session: string, signal: AbortSignal): Promise<void> {
    const pauses = openPauses();
    let failures = 0;
    let seen = "";
    const wait = (milliseconds: number, cutShortBy = ["online"]) => new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        for (const end of ends) end();
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      const ends = [listen(globalThis, cutShortBy, done), listen(signal, ["abort"], done)];
    });

    async function quiet(): Promise<void> {
      // A clock may have been set back since.
      const rest = Math.min(quietUntil - Date.now(), LONGEST_ASKED_MS);
      if (rest > 0) await wait(rest, []);
      signal.throwIfAborted();
      quietUntil = 0;
    }
    async function read(): Promise<void> {
      await quiet();
      const headers = { accept: "text/event-stream", ...(seen && { "last-event-id": seen }) };
      const answer = await calls.answer(`/v1/profiles/${session}/stream`, { headers, signal });
      for await (const { event, id, data } of framesIn(answer.body!)) {
        if (signal.aborted) return;
        if (event !== "profile") continue;
        const profile = JSON.parse(data!) as Profile;
        seen = id ?? seen;
        failures = 0;
        pauses.reset();
        source.remember(profile);
        say("live");
        show(profile);
      }
    }
    async function poll(times: number): Promise<void> {
      for (let round = 0; round < times && !signal.aborted; round += 1) {
        try {
          await quiet();
          // It tells as well if the session is no longer ours.
          const profile = await source.readNew();
          if (signal.aborted) return;
          pauses.reset();
          // Who is back may have its stream again.
          if (state === "offline") times = 0;
          else if (times > 1) say("polling");
          show(profile);
        } catch (error) {
          heed(error);
          if (!signal.aborted) say("offline");
          pauses.grow();
        }
        if (times > 1 && !signal.aborted) await wait(pauses.now || POLL_MS);
      }
    }

    while (!signal.aborted) {
      let wasRefused = false;
      try {
        await read();
      } catch (error) {
        heed(error);
        wasRefused = true;
      }
      if (signal.aborted) return;
      if ((failures += 1) >= FAILURES) {
        await poll(POLLS);
        failures = FAILURES - 1;
      } else {
        say("connecting");
        if (wasRefused) await poll(1);
        if (!signal.aborted) await wait(pauses.grow());
      }
    }
  }

  function connect(): void {
    disconnect();
    if (listeners.size === 0 || !isVisible()) return;
    open = { stop: new AbortController(), session: visit.id() };
    void follow(open.session, open.stop.signal);
  }
  function disconnect(): void {
    open?.stop.abort();
    open = undefined;
  }

  function begin(): void {
    let behind: ReturnType<typeof setTimeout>;
    ends = [
      visit.onChange(() => open && open.session !== visit.id() && connect()),
      listen(globalThis, ["pagehide"], disconnect),
      listen(globalThis, ["pageshow"], () => open ?? connect()),
      onVisibility((visible) => {
        clearTimeout(behind);
        if (!visible) behind = setTimeout(disconnect, BEHIND_MS);
        else if (!open) connect();
      }),
      () => clearTimeout(behind),
      disconnect,
    ];
    connect();
  }
  function end(): void {
    for (const stop of ends) stop();
    ends = [];
    say("ended");
    state = "connecting";
  }

  return {
    subscribe(listener, onState = () => {}) {
      // Each subscription is one of its own, whatever function it is.
      const onProfile: OnProfile = (profile) => tellListener(listener, profile);
      const tellState: OnState = (now) => tellListener(onState, now);
      listeners.set(onProfile, tellState);
      tellState(state);
      if (last?.session_id === visit.id()) onProfile(last!);
      // A page that is drawn twice opens one stream.
      queueMicrotask(() => listeners.size > 0 && ends.length === 0 && begin());
      return () => {
        listeners.delete(onProfile);
        queueMicrotask(() => listeners.size === 0 && ends.length > 0 && end());
      };
    },
    end() {
      end();
      listeners.clear();
    },
  };
}
