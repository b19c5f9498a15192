/** One page's client: puts the parts together, and starts listening with its first use. */

import { openCalls, type Call } from "./calls.js";
import { newId } from "./ids.js";
import type { Live, LoadLive } from "./live.js";
import type { FittingRoom, Options } from "./options.js";
import { ApiError } from "./problem.js";
import { openProfiles } from "./profiles.js";
import { openClicks } from "./sending/clicks.js";
import { openDecisions } from "./sending/decisions.js";
import { openQueue, type QueuedEvent } from "./sending/queue.js";
import { openSender } from "./sending/sender.js";
import type { EventFields, EventType, Purpose } from "./shapes/events.js";
import { openShelf } from "./storage.js";
import { isMadeAhead, listen } from "./visible.js";
import { openVisit } from "./visit.js";
import { warnOnce } from "./warn.js";

/** Above it no event of ours is meant. */
const LONGEST_EVENT = 16_000;
/** Acts that follow from a click on a card. */
const OUTCOMES = "product_view add_to_cart feedback dwell";

/** `load` brings what a page needs only once it is there. */
export function openClient(load: LoadLive, options: Options = {}): FittingRoom {
  const { consent: said, flushEvents = 10, flushSeconds = 2 } = options;
  const { document: page, location: place } = globalThis;
  const base = (options.apiUrl ?? "").replace(/\/$/, "");
  const meta = () => page?.querySelector?.<HTMLMetaElement>("meta[name=fitting-room-key]")?.content ?? "";
  const key = options.key ?? meta();
  const isElsewhere = base && place && new URL(base, place.href).origin !== place.origin;
  const root = isElsewhere ? `fr.${base}.` : "fr.";
  const name = `${root}visit`;
  const shelf = openShelf(said === "wait");
  const visit = openVisit(shelf, name, Boolean(isElsewhere));
  const isWaiting = () => said === "wait" && !visit.consent();
  if (!isWaiting()) shelf.keep();
  const choice = () => visit.consent() ?? (said === "wait" ? undefined : said);
  const calls = openCalls(base, key, visit, isWaiting);
  const decisions = openDecisions(shelf, root);
  const clicks = openClicks(shelf, root);
  const queue = openQueue(shelf, root);
  const sender = openSender({
    base, key, root, calls, visit, queue, decisions, consent: choice, isHeld: () => isWaiting() || isMadeAhead(),
  });
  const profiles = openProfiles(calls, decisions);
  let fresh = 0;
  let ends: (() => void)[] | undefined;
  let live: Promise<Live> | undefined;
  /** What a page says that is made ahead happens when it is turned to, if ever. */
  let ahead: [EventType, EventFields][] = [];

  const soon = () => queue.length > 0 && sender.plan(flushSeconds * 1_000);
  function wake(): void {
    if (ends) return;
    ends = [
      listen(globalThis, ["online"], sender.retry),
      listen(globalThis, ["pagehide"], sender.sendLast),
      listen(globalThis, ["pageshow"], sender.retry),
      listen(globalThis, ["storage"], (event) => (event as StorageEvent).key === name && visit.tell()),
      // On a phone a page that is hidden may never be told that it is left.
      listen(document, ["visibilitychange"], () => document.visibilityState === "hidden" && sender.flush()),
    ];
    soon();
  }
  function track(type: EventType, fields: EventFields = {}): void {
    if (!page) return;
    wake();
    try {
      if (isMadeAhead()) {
        if (ahead.push([type, fields]) === 1) page.addEventListener("prerenderingchange", trackAhead, { once: true });
        ahead = ahead.slice(-1_000);
        return;
      }
      // Who agrees to nothing is not followed.
      if (choice()?.length === 0) return;
      const session_id = visit.id();
      const follows = OUTCOMES.includes(type) && fields.decision_id === undefined;
      const text = JSON.stringify({
        type, ...(follows && clicks.place(session_id, fields.product_id)), ...fields,
        event_id: newId(), session_id, occurred_at: Date.now(),
      });
      if (text.length > LONGEST_EVENT) throw new RangeError(type);
      queue.put(JSON.parse(text) as QueuedEvent);
      if ((fresh += 1) < flushEvents) return void soon();
      fresh = 0;
      void sender.flush();
    } catch (error) {
      queue.giveUp(1);
      warnOnce("event dropped", error);
    }
  }
  function trackAhead(): void {
    for (const [type, fields] of ahead.splice(0)) track(type, fields);
  }
  function ask(path: string, call: (session: string) => Call = () => ({})): Promise<any> {
    wake();
    return calls.bound((session) => calls.request(path.replace("{}", session), call(session)));
  }
  /** Begin what is live, as soon as it is there; returns the end. */
  function begin(start: (live: Live) => () => void): () => void {
    wake();
    let [isOver, end] = [false, () => {}];
    live ??= load().then(({ openLive }) => openLive(calls, visit, profiles, track));
    live.then((parts) => {
      if (!isOver) end = start(parts);
    }).catch((error) => {
      live = undefined;
      warnOnce("live parts", error);
    });
    return () => {
      isOver = true;
      end();
    };
  }

  return {
    get sessionId() {
      return page ? visit.id() : "";
    },
    get userId() {
      return visit.user();
    },
    get dropped() {
      return queue.dropped;
    },
    get queued() {
      return queue.length + ahead.length;
    },
    track,
    flush() {
      wake();
      return sender.flush();
    },
    profile() {
      wake();
      return profiles.read();
    },
    subscribe: (onProfile, onState) => begin((parts) => parts.subscribe(onProfile, onState)),
    async recommendations(rows, { signal } = {}) {
      const answer = await ask("/v1/recommendations", (session_id) => ({ body: { session_id, rows }, signal }));
      for (const row of answer.rows) decisions.remember(answer.session_id, row);
      return answer.rows;
    },
    async rank(question, { signal } = {}) {
      const ranking = await ask("/v1/rank", (session_id) => ({ body: { ...question, session_id }, signal }));
      decisions.remember(ranking.session_id, ranking);
      return ranking;
    },
    explanation(decisionId) {
      // A row that nobody has acted on is kept nowhere but here.
      const token = decisions.tokenOf(decisionId);
      return ask(`/v1/explanations/${encodeURIComponent(decisionId)}`, () => ({
        headers: token ? { "x-decision-token": token } : {},
      }));
    },
    readConsent: () => ask("/v1/sessions/{}/consent"),
    async setConsent(consent: readonly Purpose[]) {
      const before = visit.consent();
      // It holds here at once, whatever the network does.
      visit.say({ consent });
      if (!consent.length) queue.remove(queue.all());
      shelf.keep();
      try {
        return await ask("/v1/sessions/{}/consent", () => ({ body: { consent } }));
      } catch (error) {
        // What the service has not heard of allows nothing more than before.
        if (before && consent.some((purpose) => !before.includes(purpose))) visit.say({ consent: before });
        throw error;
      } finally {
        void sender.flush();
      }
    },
    async login(user_token) {
      const say = () => ask("/v1/sessions/{}/login", () => ({ body: { user_token } }));
      const { user_id: user } = await say().catch((error: ApiError) => {
        // The session has been another person's.
        if (error.status !== 409) throw error;
        visit.renew();
        return say();
      });
      visit.say({ user });
    },
    async logout() {
      await sender.flush();
      const session = visit.id();
      try {
        await calls.request(`/v1/sessions/${session}/logout`, { method: "POST", session });
      } catch (error) {
        // It has ended already.
        if ((error as ApiError).status !== 401) throw error;
      } finally {
        visit.renew(session);
      }
    },
    request: calls.request,
    authHeaders: () => calls.headers(),
    onSession(listener) {
      wake();
      let known = visit.id();
      return visit.onChange(() => {
        if (known !== (known = visit.id())) listener(known);
      });
    },
    watch(element, shown) {
      const { productId, decisionId: decision_id, slot } = shown;
      const place = decision_id ? { decision_id, slot } : {};
      const endClicks = listen(element, ["click", "auxclick"], () => clicks.remember(visit.id(), productId, place), true);
      const end = begin((parts) => parts.watch(element, shown, place));
      return () => {
        endClicks();
        end();
      };
    },
    watchDwell: (...watched) => begin((parts) => parts.watchDwell(...watched)),
    close() {
      void sender.flush();
      sender.stop();
      live?.then(({ end }) => end());
      ends?.forEach((end) => end());
      ends = undefined;
    },
  };
}
