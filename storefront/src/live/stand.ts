/** What of a visit lists depend on: an impression changes nothing that a page should ask for again. */

import type { Profile } from "@fitting-room/client";

type Standing = Pick<Profile, "session_id" | "live_weight" | "recent_products" | "personalized" | "user_id">;

/** Whose visit it is, and whether it may be used. */
export function visitorOf(profile: Standing | null): string | null {
  return profile && JSON.stringify([profile.session_id, profile.user_id, profile.personalized]);
}

/** Which products were looked at: what a list that is read should follow, and no more often. */
export function seenOf(profile: Standing | null): string | null {
  return profile && JSON.stringify([visitorOf(profile), profile.recent_products]);
}

/** All that the visit has done. */
export function standOf(profile: Standing | null): string | null {
  return profile && JSON.stringify([seenOf(profile), profile.live_weight]);
}
