import { useRouter } from "next/router";
import { useEffect, useSyncExternalStore } from "react";

import { onDeparture } from "../privacy/departures";
import { noQuestion, onQuestion, openQuestion, setQuestion } from "./question";

const close = () => setQuestion(null);

/** The dialog of the page: one, whatever happens to the card under it. */
export function WhyAnswer() {
  const question = useSyncExternalStore(onQuestion, openQuestion, noQuestion);
  const { asPath } = useRouter();
  // Who goes back leaves the question with the page.
  useEffect(() => close, [asPath]);
  useEffect(() => onDeparture(close), []);
  useEffect(() => {
    if (question === null) return undefined;
    return () => {
      if (!question.from.isConnected) document.getElementById("main")?.focus({ preventScroll: true });
    };
  }, [question]);
  if (question === null) return null;
  const { Dialog, title, product, decisionId } = question;
  return <Dialog key={`${decisionId} ${product}`} title={title} product={product} decisionId={decisionId} onClose={close} />;
}
