/** One page's client: puts the parts together, and starts listening with its first use. */

import { openCalls, type Call } from "./calls.js";
import { newId } from "./ids.js";
import type { Live, LoadLive } from "./live.js";
import type { Cancellable, FittingRoom, Options } from "./options.js";
import { openPauses } from "./pauses.js";
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
import { tellListener, warnOnce } from "./warn.js";

/** Above it no event of ours is meant. */
const LONGEST_EVENT = 16_000;
/** What an act may be used for at most that happened before anything was said. */
const USUAL: readonly Purpose[] = ["measure", "personalize", "learn"];
/** Acts that follow from a click on a card. */
const OUTCOMES = "product_view add_to_cart feedback dwell";

/** `load` brings what a page needs only once it is there. */
export function openClient(load: LoadLive, options: Options = {}): FittingRoom {
  const { consent: said, flushEvents = 10, flushSeconds = 2 } = options;
  const { document: page, location: place } = globalThis;
  const base = (options.apiUrl ?? "").replace(/\/$/, "");
  const key = options.key ?? page?.querySelector<HTMLMetaElement>("meta[name=fitting-room-key]")?.content ?? "";
  const isElsewhere = (base && place && new URL(base, place.href).origin !== place.origin) as boolean;
  const root = isElsewhere ? `fr.${base}.` : "fr.";
  const name = `${root}visit`;
  const shelf = openShelf((kept) => isQuiet() && !(kept === name && visit.consent()));
  const visit = openVisit(shelf, name, isElsewhere);
  const choice = () => visit.consent() ?? said;
  const isWaiting = () => choice() === "wait";
  const isRefused = () => choice()?.length === 0;
  /** Then nothing is kept in the browser but a refusal, and what says whose it is. */
  const isQuiet = () => isWaiting() || isRefused();
  const calls = openCalls(base, key, visit, isQuiet);
  const decisions = openDecisions(shelf, root);
  const clicks = openClicks(shelf, root);
  const queue = openQueue(shelf, root, narrow);
  const sender = openSender(root, calls, visit, queue, decisions, () => isWaiting() || isMadeAhead());
  const profiles = openProfiles(calls, decisions);
  let fresh = 0;
  let telling: Promise<unknown> = Promise.resolve();
  let ends: (() => void)[] | undefined;
  let live: Promise<Live | void> | undefined;
  /** What waits for the parts that come later. */
  const starts = new Set<(parts: Live) => void>();
  const pauses = openPauses();
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** How much a page has said that is made ahead: it happens when the page is turned to, if ever. */
  let ahead = 0;

  /** What was agreed to when an event happened, as far as it still is: none where nothing is left. */
  function narrow(event: QueuedEvent): QueuedEvent | null {
    const now = choice();
    if (!Array.isArray(now)) return event;
    const { consent = USUAL } = event;
    // The words of others are left to the service.
    const left = consent === "wait" ? now : consent?.filter?.((purpose) => now.includes(purpose)) ?? consent;
    return isRefused() || left?.length === 0 ? null : { ...event, consent: left };
  }
  /** Do with what is kept as the shopper has chosen. */
  function heed(): void {
    if (isRefused()) for (const name of ["clicked", "decisions", "dropped"]) shelf.remove(root + name);
    queue.change();
    shelf.keep();
    soon();
  }
  const soon = () => sender.plan(flushSeconds * 1_000);
  /** The visit may be another by now, or a choice may have been made in it. */
  function hear(event: Event): void {
    const wasQuiet = isQuiet();
    // Who is told of nothing goes on with a visit of its own that it could not keep.
    if (wasQuiet || (event as StorageEvent).key) shelf.forget(name);
    if (wasQuiet) heed();
    visit.tell();
  }
  function wake(): void {
    if (ends) return;
    ends = [
      listen(globalThis, ["online", "pageshow"], (event) => {
        // A page in the browser's memory has been told of nothing.
        hear(event);
        bring();
        void sender.retry();
      }),
      listen(globalThis, [name], visit.tell),
      listen(globalThis, ["pagehide"], sender.sendLast),
      listen(globalThis, ["storage"], (event) => (event as StorageEvent).key === name && hear(event)),
      // On a phone a page that is hidden may never be told that it is left.
      listen(document, ["visibilitychange"], () => document.hidden && sender.flush()),
    ];
    soon();
  }
  function track(type: EventType, fields: EventFields = {}): void {
    if (!page) return;
    wake();
    try {
      if (isMadeAhead()) {
        ahead += 1;
        // A page is turned to once.
        return void listen(page, ["prerenderingchange"], () => {
          ahead -= 1;
          track(type, fields);
        });
      }
      // Who agrees to nothing is not followed.
      if (isRefused()) return;
      const session_id = visit.id();
      const follows = OUTCOMES.includes(type) && fields.decision_id === undefined;
      const text = JSON.stringify({
        type, consent: choice(), ...(follows && clicks.place(session_id, fields.product_id)), ...fields,
        event_id: newId(), session_id, occurred_at: Date.now(),
      });
      if (text.length > LONGEST_EVENT) throw Error(type);
      queue.put(JSON.parse(text) as QueuedEvent);
      fresh = (fresh + 1) % flushEvents;
      if (fresh) soon();
      else void sender.flush();
    } catch (error) {
      queue.giveUp();
      warnOnce("event dropped", error);
    }
  }
  function ask(path: (session: string) => string, call?: Call): Promise<any> {
    wake();
    return calls.bound((session) => calls.request(path(session), call));
  }
  const consentOf = (session: string) => `/v1/sessions/${session}/consent`;
  async function decide(path: string, question: object, { signal }: Cancellable = {}): Promise<any> {
    wake();
    const answer = await calls.bound((session_id) => calls.request(path, { body: { ...question, session_id }, signal }));
    for (const made of answer.rows ?? [answer]) decisions.remember(answer.session_id, made);
    return answer;
  }
  /** Parts that could not be had are tried again as long as something waits for them. */
  function bring(): void {
    if (!starts.size) return;
    live ??= load().then(({ openLive }) => openLive(calls, visit, profiles, track)).catch((error) => {
      warnOnce("live.js", error);
      live = undefined;
      clearTimeout(timer);
      timer = setTimeout(bring, pauses.grow());
    });
    void live.then((parts) => {
      if (parts) for (const start of starts) if (starts.delete(start)) tellListener(start, parts);
    });
  }
  /** Begin what is live, as soon as it is there; returns the end. */
  function begin(start: (parts: Live) => () => void): () => void {
    wake();
    let end: (() => void) | undefined;
    const take = (parts: Live) => {
      end = start(parts);
    };
    starts.add(take);
    bring();
    return () => {
      starts.delete(take);
      end?.();
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
      return queue.dropped();
    },
    get queued() {
      return queue.all().length + ahead;
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
    recommendations: async (rows, options) => (await decide("/v1/recommendations", { rows }, options)).rows,
    rank: (question, options) => decide("/v1/rank", question, options),
    explanation(decisionId) {
      // A row that nobody has acted on is kept nowhere but here.
      const token = decisions.tokenOf(decisionId);
      return ask(() => `/v1/explanations/${encodeURIComponent(decisionId)}`, { headers: { ...(token && { "x-decision-token": token }) } });
    },
    readConsent: () => ask(consentOf),
    async setConsent(consent: readonly Purpose[]) {
      const before = visit.consent();
      // It holds here at once, whatever the network does.
      visit.say({ consent, ...(!consent[0] && { former: [] }) });
      heed();
      try {
        // In their order: one that overtakes another would hold in its place.
        return await (telling = telling.catch(() => {}).then(() => ask(consentOf, { body: { consent } })));
      } catch (error) {
        // What the service has not heard of allows nothing more than before.
        if (before && String(visit.consent()) === String(consent) && consent.some((purpose) => !before.includes(purpose))) visit.say({ consent: before });
        throw error;
      } finally {
        void sender.flush();
      }
    },
    async login(user_token) {
      let asked = "";
      const say = () => ask((session) => `/v1/sessions/${asked = session}/login`, { body: { user_token } });
      let { user_id: user } = await say().catch((error: ApiError) => {
        // The session has been another person's.
        if (error.status !== 409) throw error;
        visit.renew(asked);
        return say();
      });
      // Another tab may have begun a fresh one meanwhile.
      while (asked !== visit.id()) ({ user_id: user } = await say());
      visit.say({ user });
    },
    async logout() {
      await sender.flush();
      const session = visit.id();
      await calls.request(`/v1/sessions/${session}/logout`, { method: "POST", session }).catch((error: ApiError) => {
        // It has ended already.
        if (error.status !== 401) throw error;
      }).finally(() => visit.renew(session));
      // It takes nothing more, and the next session may be another person's.
      queue.change((event) => (event.session_id === session ? null : event));
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
      const endClicks = listen(element, ["click", "auxclick"], () => {
        if (!isRefused()) clicks.remember(visit.id(), productId, place);
      }, true);
      const end = begin((parts) => parts.watch(element, shown, place));
      return () => {
        endClicks();
        end();
      };
    },
    watchDwell: (...watched) => begin((parts) => parts.watchDwell(...watched)),
    close() {
      // Unless it has been used again meanwhile.
      void sender.flush().then(() => ends ?? sender.stop());
      starts.clear();
      live?.then((parts) => parts?.end());
      ends?.forEach((end) => end());
      ends = undefined;
    },
  };
}
