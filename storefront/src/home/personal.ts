/** The personal row of a profile: its own slots first, then the next best without a slot. */

import type { Profile } from "@fitting-room/client";

export interface Placed {
  id: string;
  slot?: number;
  explored: boolean;
  reason: string;
}

const NOTHING_KNOWN = "To try something new";

export function personalOf(profile: Pick<Profile, "slate" | "score_data">, most: number): readonly Placed[] {
  const reasons = new Map(profile.score_data.products.map(({ product_id: id, reason }) => [id, reason]));
  const reasonOf = (id: string) => reasons.get(id) ?? NOTHING_KNOWN;
  const placed = profile.slate
    .filter(({ placement }) => placement === "home")
    .map(({ product_id: id, slot, explored }) => ({ id, slot, explored, reason: reasonOf(id) }));
  // What other places of the page show is not shown twice.
  const elsewhere = new Set(profile.slate.map(({ product_id: id }) => id));
  const rest = profile.score_data.products
    .filter(({ product_id: id }) => !elsewhere.has(id))
    .map(({ product_id: id, reason }) => ({ id, explored: false, reason }));
  return [...placed, ...rest].slice(0, most);
}

/** For the side of a product's page: the slots of `aside`, if the shop has that placement, or else the whole slate. */
export function asideOf(profile: Pick<Profile, "slate" | "score_data">, except: string, most: number): readonly Placed[] {
  const reasons = new Map(profile.score_data.products.map(({ product_id: id, reason }) => [id, reason]));
  const aside = profile.slate.filter(({ placement }) => placement === "aside");
  return (aside.length > 0 ? aside : profile.slate)
    .filter(({ product_id: id }) => id !== except)
    .slice(0, most)
    .map(({ product_id: id, slot, explored }) => ({ id, slot, explored, reason: reasons.get(id) ?? NOTHING_KNOWN }));
}
