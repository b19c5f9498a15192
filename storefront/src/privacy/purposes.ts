/** The four purposes for which a visit may be used, in plain words (docs/api.md, docs/privacy.md). */

import type { Purpose } from "@fitting-room/client";

import { knownPurposes, USUAL } from "../choice/agreed.ts";

export interface PurposeWords {
  purpose: Purpose;
  name: string;
  does: string;
  withdrawn: string;
}

export const PURPOSES: readonly PurposeWords[] = [
  {
    purpose: "measure",
    name: "Count what happens",
    does: "Your visit is one of many in figures and comparisons of two versions of a page.",
    withdrawn: "When you switch it off, comparisons that are under way drop your visit, and no report has it from then on.",
  },
  {
    purpose: "personalize",
    name: "Choose for me",
    does: "What you look at decides what this shop shows you next.",
    withdrawn: "When you switch it off, your visit forgets what you did, and open pages show what suits everybody, at once.",
  },
  {
    purpose: "learn",
    name: "Learn from me for others",
    does: "What goes together in your visit helps to suggest things to other shoppers, without your name.",
    withdrawn: "When you switch it off, nothing more is learned of you, and the next night leaves you out. What a model has learned before stays until you are erased.",
  },
  {
    purpose: "share",
    name: "Hand it on to others",
    does: "Copies for partners of the shop, such as advertisers, may hold your visit.",
    withdrawn: "When you switch it off, such copies leave you out.",
  },
];

export function withPurpose(agreed: readonly Purpose[], purpose: Purpose, isOn: boolean): readonly Purpose[] {
  return PURPOSES.map(({ purpose: name }) => name).filter((name) => (name === purpose ? isOn : agreed.includes(name)));
}

/** What a pause is followed by: what was agreed to before it, or what is usual. */
export function afterPause(stored: unknown): readonly Purpose[] {
  const known = knownPurposes(stored);
  return known.length > 0 ? known : USUAL;
}

export function switchedWords(name: string, isOn: boolean): string {
  return `${name}: ${isOn ? "on" : "off"}.`;
}
