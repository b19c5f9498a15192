/** The question that is open: kept apart from the card that asked it, which a live row may drop. */

import type { ComponentType } from "react";

import type { DialogProps } from "./loadDialog.ts";

export interface Asked {
  title: string;
  product: string;
  decisionId: string;
}

export interface Question extends Asked {
  Dialog: ComponentType<DialogProps>;
  /** What was pressed; the focus goes back to it. */
  from: Pick<Element, "isConnected">;
}

const listeners = new Set<() => void>();
let current: Question | null = null;

export const openQuestion = (): Question | null => current;
export const noQuestion = (): null => null;

export function setQuestion(question: Question | null): void {
  if (question === current) return;
  current = question;
  for (const listener of listeners) listener();
}

export function onQuestion(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
