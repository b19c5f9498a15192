import type { Profile } from "./shapes/profile.js";

/** What of a visit its rows depend on: an impression changes nothing that is on the page. */
export function standOf({ session_id, personalized, live_weight, recent_products }: Profile): string {
  return [session_id, personalized, live_weight, recent_products].join();
}

/**
 * Says of each profile whether rows that were asked for at `asked()` are older than it.
 *
 * Of the first profile its time decides: it may be just what the rows were made of.
 */
export function openAging(asked: () => number): (profile: Profile) => boolean {
  let known: string | undefined;
  return (profile) => {
    const before = known;
    known = standOf(profile);
    if (before !== undefined) return before !== known;
    return profile.live_weight > 0 && Date.parse(profile.created_at) > asked();
  };
}
