/** What this browser keeps of a person, and how they leave it: by a logout, or erased. */

import type { FittingRoom } from "@fitting-room/client";

import { keepBag, readBag } from "../bag/bag.ts";
import { USUAL } from "../choice/agreed.ts";
import { carriedTo, changeVisit, keepChoice, readChoice } from "../choice/keptChoice.ts";
import { forgetDoneOrder } from "../checkout/doneOrder.ts";
import { browserStorage } from "../storage/kept.ts";
import { BEFORE_PAUSE_KEY, LAST_KEY, THUMBS_KEY } from "../storage/names.ts";
import { sayDeparture } from "./departures.ts";

/** The client's own: where clicks came from, and tokens of what was decided. */
const OF_CLIENT = ["fr.clicked", "fr.decisions"];
/** Each event that no verdict has come for. */
const QUEUED = "fr.e.";

type Left = Pick<FittingRoom, "sessionId" | "logout">;

/**
 * End the visit and begin a fresh one that knows nothing of the one before, here neither. All of it
 * is forgotten also where the shop could not be told of the end; then throws `ApiError`.
 */
export async function leaveVisit(client: Left, isErased = false): Promise<void> {
  // What could not be sent would speak of who has left.
  forgetQueued();
  forgetGrants();
  try {
    await client.logout();
  } finally {
    forgetPerson(client.sessionId, isErased);
  }
}

function forgetQueued(except = ""): void {
  for (const name of browserStorage.namesFrom(QUEUED)) {
    const event = browserStorage.read(name) as { session_id?: unknown } | null;
    if (except === "" || event?.session_id !== except) browserStorage.remove(name);
  }
}

/** What was agreed to was agreed to by who leaves; what was refused stays refused. */
function forgetGrants(): void {
  const choice = readChoice();
  if (choice !== null) keepChoice({ purposes: carriedTo(choice.purposes, USUAL), session: "", isTold: false });
}

/** After the fresh visit has begun. */
export function forgetPerson(fresh: string, isErased: boolean): void {
  forgetQueued(fresh);
  for (const name of [LAST_KEY, THUMBS_KEY, BEFORE_PAUSE_KEY, ...OF_CLIENT]) browserStorage.remove(name);
  forgetDoneOrder();
  changeVisit(fresh, { former: [] });
  if (isErased) keepBag(readBag().map((line) => ({ ...line, suggested: null, offered: null })));
  sayDeparture();
}
