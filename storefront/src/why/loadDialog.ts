import type { ComponentType } from "react";

export interface DialogProps {
  title: string;
  product: string;
  decisionId: string;
  onClose: () => void;
}

/** Nobody needs its code before the first question, but then it should be here, the shop being away or not. */
export function loadDialog(): Promise<ComponentType<DialogProps>> {
  return import("./WhyDialog").then((module) => module.WhyDialog);
}
