import type { Profile } from "@fitting-room/client";
import { useProfile } from "@fitting-room/client/react";
import { useEffect, useState } from "react";

import { onDeparture } from "../privacy/departures";
import { newest } from "./newest";

const UNREACHABLE = { status: 0, type: "network" };

/**
 * The newest profile; while a fresh session begins, still the one before, so that nothing jumps.
 * After somebody has left, nothing of theirs stays.
 */
export function useVisit(): { profile: Profile | null; error: unknown } {
  const { profile: sent, state, error } = useProfile();
  const profile = sent && newest(sent);
  const [last, setLast] = useState(profile);
  // Who comes after somebody who left while the shop was away is told so, and does not wait for ever.
  const [isAway, setAway] = useState(false);
  if (isAway ? profile !== null : state === "offline" && profile === null) setAway(!isAway);
  useEffect(() => onDeparture(() => setLast(null)), []);
  if (profile !== null && profile !== last) setLast(profile);
  return { profile: profile ?? last, error: error ?? (isAway ? UNREACHABLE : null) };
}
