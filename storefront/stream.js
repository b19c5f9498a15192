/** New profiles as they are made; reconnects by itself and reports its state. */

import { rememberDecision } from "./tracker.js";
import { currentProfile } from "./api_client.js";
import { sessionId } from "./visit.js";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;

export function startStream(onProfile, onState) {
  let pause = FIRST_PAUSE_MS;
  let source = null;

  function connect() {
    source = new EventSource(`/v1/profiles/${sessionId()}/stream`);
    source.addEventListener("open", () => {
      pause = FIRST_PAUSE_MS;
      onState("live");
    });
    source.addEventListener("profile", (message) => {
      const profile = JSON.parse(message.data);
      rememberDecision(profile);
      onProfile(profile);
    });
    source.addEventListener("error", () => {
      onState("reconnecting");
      // The browser tries again after a cut, but gives up after an answer such as 503, or where it
      // keeps no cookies, without which a stream shows no token: then the page asks now and then.
      if (source.readyState === EventSource.CLOSED) {
        currentProfile().then(onProfile, () => {});
        setTimeout(connect, pause);
        pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
      }
    });
  }

  connect();
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) connect();
  });
}
