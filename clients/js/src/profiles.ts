/** Reads the visit's profile, once per version. */

import type { Calls } from "./calls.js";
import type { Decisions } from "./sending/decisions.js";
import type { Profile } from "./shapes/profile.js";
import type { ProfileSource } from "./live/stream.js";

export interface Profiles extends ProfileSource {
  read(): Promise<Profile>;
}

export function openProfiles(calls: Calls, decisions: Decisions): Profiles {
  let known: Profile | undefined;
  let etag = "";

  function remember(profile: Profile, tag = ""): void {
    decisions.remember(profile.session_id, profile);
    known = profile;
    etag = tag;
  }
  function readNew(): Promise<Profile | null> {
    return calls.bound(async (session) => {
      const headers = { "if-none-match": known?.session_id === session ? etag : "" };
      const answer = await calls.answer(`/v1/profiles/${session}`, { headers });
      if (answer.status === 304) return null;
      remember(await answer.json(), answer.headers.get("etag") ?? "");
      return known!;
    });
  }
  return { remember, readNew, read: async () => await readNew() ?? known! };
}
