/**
 * The events that no verdict has come for. Each lies in storage under a name of its own, so that
 * tabs which write at the same time lose nothing of each other.
 */

import type { Purpose } from "../shapes/events.js";
import type { Shelf } from "../storage.js";
import { LIFE_MS } from "../visit.js";

const LONGEST = 1_000;
const BATCH = 50;
/** Of all events of a batch: with the tokens a request that outlives its page may have 64 KiB. */
const BATCH_CHARACTERS = 20_000;

export interface QueuedEvent {
  type: string;
  event_id: string;
  session_id: string;
  occurred_at: number;
  /** What was agreed to when it happened; "wait" where it waits for a first choice. */
  consent?: readonly Purpose[] | "wait";
  [field: string]: unknown;
}

/** Events by the names that they lie under. */
export type Batch = [name: string, event: QueuedEvent][];

export interface Queue {
  /** Events given up. */
  dropped(): number;
  put(event: QueuedEvent): void;
  /** The oldest events, of one session: a request speaks for one, and is refused for any other. */
  next(most?: number, except?: readonly string[]): Batch;
  remove(name: string): void;
  /** Change events where they lie, in any case to what may be sent of them; null takes one out. */
  change(change?: (event: QueuedEvent) => QueuedEvent | null, names?: readonly string[]): void;
  all(): string[];
  giveUp(): void;
}

function isEvent(kept: unknown): kept is QueuedEvent {
  const { event_id: id, session_id: session, occurred_at: at } = (kept ?? {}) as QueuedEvent;
  return Boolean(id && session) && Math.abs(Date.now() - at) < LIFE_MS;
}

/** `narrow` says what may be sent of an event by now; null takes it out. */
export function openQueue(shelf: Shelf, root: string, narrow: (event: QueuedEvent) => QueuedEvent | null): Queue {
  const prefix = `${root}e.`;
  const count = `${root}dropped`;
  let sequence = 0;

  /** As they were listed last, and what came since: to list a thousand takes milliseconds. */
  let known: string[] | undefined;

  const all = () => (known = shelf.names(prefix));
  const dropped = () => Number(shelf.read(count)) || 0;
  function giveUp(): void {
    shelf.write(count, dropped() + 1);
  }
  function event(name: string): QueuedEvent | null {
    const kept = shelf.read(name);
    const isOne = isEvent(kept);
    const left = isOne ? narrow(kept) : null;
    // Another tab may have sent it meanwhile; else it is too old, or spoiled.
    if (!isOne && kept !== null) giveUp();
    if (!left) shelf.remove(name);
    return left;
  }
  return {
    dropped,
    put(happened) {
      const said = narrow(happened);
      if (!said) return;
      // In the order of time, and of one millisecond in that of calls.
      const place = Date.now() * 1_000 + (sequence++ % 1_000);
      const name = `${prefix}${place.toString(36)}.${said.event_id}`;
      (known ??= all()).push(name);
      shelf.write(name, said);
      for (const oldest of known.splice(0, known.length - LONGEST)) {
        if (event(oldest)) giveUp();
        shelf.remove(oldest);
      }
    },
    next(most = BATCH, except = []) {
      const batch: Batch = [];
      let session = "";
      let room = BATCH_CHARACTERS;
      for (const name of all()) {
        const found = except.includes(name) ? null : event(name);
        if (!found || (session && found.session_id !== session)) continue;
        room -= JSON.stringify(found).length;
        if (batch.length === most || (batch[0] && room < 0)) break;
        session = found.session_id;
        batch.push([name, found]);
      }
      return batch;
    },
    remove: shelf.remove,
    change(change = (event) => event, names = all()) {
      for (const name of names) {
        const kept = event(name);
        const changed = kept && change(kept);
        if (changed) shelf.write(name, changed);
        else shelf.remove(name);
      }
    },
    all,
    giveUp,
  };
}
