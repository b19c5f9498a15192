/** Sentences of an explanation that the service leaves to the page. */

import type { Explained, Explanation } from "@fitting-room/client";

type Shown = NonNullable<Explained["shown"]>;

/** Keeps a number and its percent sign on one line. */
export const held = (text: string): string => text.replaceAll(" %", "\u00a0%");

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

/** Where it stands and how it came there. */
export const place = ({ slot, words }: Pick<Shown, "slot" | "words">): string => held(`Place ${slot + 1}. ${sentence(words)}.`);

export function weightWords(weight: number): string {
  const share = Math.round(100 * weight);
  return held(`Your own visit weighs ${share} % here, other shoppers ${100 - share} %.`);
}

/** Which policy filled the product's slot. */
export function filledBy(whole: Pick<Explanation, "policies" | "base_policy" | "policy_version">, shown: Shown | null): string {
  const used = whole.policies.find(({ placement }) => placement === shown?.placement);
  return used
    ? held(`The policy ${used.policy} ${used.words}.`)
    : `The policy was ${whole.base_policy}, version ${whole.policy_version}.`;
}
