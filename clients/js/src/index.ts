import { openClient } from "./client.js";
import type { FittingRoom, Options } from "./options.js";

/** A page's client. Nothing happens before its first use. */
export function createFittingRoom(options?: Options): FittingRoom {
  let again: string | undefined;
  // Apart, since no page needs it before it has been drawn.
  return openClient(() => (again ? import(/*webpackIgnore: true*/ `${again}#`) : import("./live.js")).catch((error) => {
    // Browsers of before 2026 never ask again for an address that has failed. They say which it was.
    again = error.message.split("module: ")[1];
    throw error;
  }), options);
}

export { ApiError } from "./problem.js";
export type { Cancellable, FittingRoom, Options } from "./options.js";
export type { StreamState } from "./live/stream.js";
export type { Shown } from "./sending/clicks.js";
export type { ConsentState, EventFields, EventType, OrderLine, Purpose } from "./shapes/events.js";
export type { Clause, Contribution, Explained, Explanation } from "./shapes/explanation.js";
export type {
  BundlePrice, BundleSuggestion, Profile, ProfileSlot, ScoredCategory, ScoredProduct,
} from "./shapes/profile.js";
export type { RankedItem, RankQuestion, Ranking, Row, RowItem, RowQuestion, Strategy } from "./shapes/rows.js";
