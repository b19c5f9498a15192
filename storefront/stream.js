/**
 * New profiles as they are made; reconnects by itself and reports its state.
 *
 * By `fetch`, since an `EventSource` shows nothing but a cookie: where the browser keeps none, and
 * between a logout and the next event, only the secret says whose session it is.
 */

import { currentProfile, rememberToken } from "./api_client.js";
import { keyHeaders } from "./key.js";
import { rememberDecision } from "./tracker.js";
import { onNewVisit, secretHeaders, sessionId } from "./visit.js";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;

/** The fields of each server-sent event; one without data is a sign of life. */
async function* eventsIn(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const frames = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = frames.pop();
    for (const frame of frames) yield Object.fromEntries(frame.split("\n").map(fieldOf));
  }
}

function fieldOf(line) {
  const end = line.indexOf(": ");
  return [line.slice(0, end), line.slice(end + 2)];
}

export function startStream(onProfile, onState) {
  let pause = FIRST_PAUSE_MS;
  let open = null;
  let session = null;
  let seen = null;
  let timer = null;

  function show(profile) {
    // A visit may have ended while its last profile was on the way.
    if (profile.session_id === sessionId()) onProfile(profile);
  }

  async function follow(signal) {
    while (!signal.aborted) {
      try {
        await readProfiles(signal);
      } catch {
        /** Cut off: the next try shows whether it lasts. */
      }
      if (signal.aborted) return;
      onState("reconnecting");
      await new Promise((resolve) => {
        timer = setTimeout(resolve, pause * (0.8 + 0.4 * Math.random()));
        signal.addEventListener("abort", resolve, { once: true });
      });
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  }

  async function readProfiles(signal) {
    const resumed = seen === null ? {} : { "last-event-id": seen };
    const headers = { accept: "text/event-stream", ...keyHeaders(), ...secretHeaders(session), ...resumed };
    const answer = await fetch(`/v1/profiles/${session}/stream`, { headers, signal, cache: "no-store" });
    if (!answer.ok) {
      // The profile is asked for meanwhile, and tells if the session is no longer ours.
      show(await currentProfile());
      return;
    }
    rememberToken(answer);
    pause = FIRST_PAUSE_MS;
    onState("live");
    for await (const { event, id, data } of eventsIn(answer.body)) {
      if (event !== "profile") continue;
      const profile = JSON.parse(data);
      seen = id;
      rememberDecision(profile);
      show(profile);
    }
  }

  function close() {
    clearTimeout(timer);
    open?.abort();
    open = null;
  }

  function connect() {
    close();
    open = new AbortController();
    session = sessionId();
    seen = null;
    follow(open.signal);
  }

  connect();
  onNewVisit(() => open && session !== sessionId() && connect());
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => {
    if (event.persisted) connect();
  });
}
