/**
 * Sends what happened: in batches, each event under its own id, so that sending it again is
 * harmless. The queue outlives the page and is emptied only by verdicts.
 */

import type { Calls } from "../calls.js";
import { openPauses } from "../pauses.js";
import { type ApiError, isLostSession } from "../problem.js";
import { warnOnce } from "../warn.js";
import type { Visit } from "../visit.js";
import type { Decisions } from "./decisions.js";
import type { Batch, Queue } from "./queue.js";

const PATH = "/v1/track";
/** What may be sent by a page that is left: 64 KiB, of all that is under way. */
const LAST_BYTES = 60_000;
/** Longer than another tab may take; then it is in some trouble of its own. */
const TURN_MS = 25_000;
const MOST_MOVES = 2;

interface Judged { verdicts?: readonly Verdict[] }

interface Verdict { verdict?: string; code?: string; detail?: string }

export interface Sender {
  plan(milliseconds: number): void;
  flush(): Promise<void>;
  /** The same at once, whatever went wrong before, in a page that is there again. */
  retry(): Promise<void>;
  sendLast(): void;
  stop(): void;
}

export function openSender(
  root: string, calls: Calls, visit: Visit, queue: Queue, decisions: Decisions, isHeld: () => boolean | undefined,
): Sender {
  const pauses = openPauses();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let under: Promise<void> | undefined;
  let inFlight: string[] = [];
  let most: number | undefined;
  let isPaused = false;
  let isLeft = false;
  let moves = 0;

  /**
   * By the moment of sending the service corrects the times of a clock that is wrong; by the secret
   * it knows a session again whose first answer did not arrive.
   */
  function bodyOf(batch: Batch): string {
    const events = batch.map(([, event]) => event);
    const session = events[0]!.session_id;
    const tokens = decisions.tokens(session);
    return JSON.stringify({
      sent_at: Date.now(), session_secret: visit.secretOf(session), decision_token: tokens[0] && tokens, events,
    });
  }

  /** One tab at a time, so that none sends what another is sending. */
  function inTurn(): Promise<void> {
    const { locks } = navigator;
    return locks ? locks.request(root, { signal: AbortSignal.timeout?.(TURN_MS) }, sendAll).catch(sendAll) as Promise<void> : sendAll();
  }

  async function sendBatch(batch: Batch): Promise<void> {
    inFlight = batch.map(([name]) => name);
    const session = batch[0]![1].session_id;
    try {
      const body = bodyOf(batch);
      const { verdicts }: Judged = await calls.request(PATH, {
        body, session, keepalive: new Blob([body]).size < LAST_BYTES,
      });
      // There is one for each event, in their order.
      if (verdicts?.length === batch.length) settle(batch, session, verdicts);
      else slowDown();
    } catch (error) {
      recover(batch, session, error as ApiError);
    } finally {
      inFlight = [];
    }
  }

  function settle(batch: Batch, session: string, verdicts: readonly Verdict[]): void {
    pauses.reset();
    most = undefined;
    const moved: string[] = [];
    batch.forEach(([name], place) => {
      const { code, detail, verdict } = verdicts[place] ?? {};
      if (code === "other_user" || code === "session_token") moved.push(name);
      else queue.remove(name);
      if (verdict === "rejected") warnOnce(`event refused: ${code}`, detail);
    });
    // The session is somebody else's by what these events say: they begin a fresh one.
    if (moved[0]) move(session, moved);
    else moves = 0;
  }

  /** What was decided for the session before is not the fresh one's: only the acts go along. */
  function move(left: string, names?: readonly string[]): void {
    const session_id = visit.renew(left);
    // No session is taken: that is no case for ever newer ones.
    if ((moves += 1) > MOST_MOVES) slowDown();
    queue.change((event) => {
      if (event.session_id !== left) return event;
      const { decision_id: _decision, slot: _slot, slots: _slots, ...act } = event;
      return event.type === "impression" ? null : { ...act, session_id };
    }, names);
  }

  function recover(batch: Batch, session: string, error: ApiError): void {
    const { status, type, detail, retryAfter, body } = error;
    const verdicts = (body as Judged | null)?.verdicts;
    if (isLostSession(error)) move(session);
    else if (verdicts?.length === batch.length) settle(batch, session, verdicts);
    else if ([400, 413, 422].includes(status)) {
      // One bad event never blocks the others: it is found by halves, and given up.
      if (batch[1]) most = batch.length >> 1;
      else {
        queue.remove(inFlight[0]!);
        queue.giveUp();
        warnOnce(`event dropped: ${type}`, detail);
      }
    } else {
      if ([401, 403].includes(status)) warnOnce(type, detail);
      slowDown(retryAfter);
    }
  }

  function slowDown(retryAfter?: number | null): void {
    isPaused = true;
    pauses.grow(retryAfter);
  }

  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  function flush(): Promise<void> {
    // A pause that began anew with every call would never end.
    if (!isPaused) stop();
    return under ??= inTurn().finally(() => {
      under = undefined;
      if (isPaused) again(pauses.now);
    });
  }

  async function sendAll(): Promise<void> {
    while (!isHeld() && !isPaused && !isLeft) {
      const batch = queue.next(most);
      if (!batch[0]) return;
      await sendBatch(batch);
    }
  }

  function again(milliseconds: number): void {
    timer ??= setTimeout(retry, milliseconds);
  }

  function retry(): Promise<void> {
    isPaused = isLeft = false;
    return flush();
  }

  return {
    plan(milliseconds) {
      if (!isHeld() && !under) again(isPaused ? pauses.now : milliseconds);
    },
    flush,
    retry,
    /** The last chance: what is sent here stays queued, and the next page asks for its verdict. */
    sendLast() {
      if (isHeld()) return;
      // A page that is left is hidden as well: that is no reason to send the same again.
      isLeft = true;
      const batch = queue.next(undefined, inFlight);
      if (batch[0]) calls.sendBeacon(PATH, bodyOf(batch));
    },
    stop,
  };
}
