import type { Explained, Explanation } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import { useEffect, useState } from "react";

import { TroubleNotice } from "../notices/TroubleNotice";
import { Sheet } from "../shell/Sheet";
import { isMissing } from "../notices/trouble";
import { BundleParts } from "./BundleParts";
import { printed } from "./decimals";
import type { DialogProps } from "./loadDialog";
import styles from "./Why.module.css";
import { filledBy, place, weightWords } from "./words";

/** Why a product is shown: what its score is made of, and how it came to its place. */
export function WhyDialog({ title, product, decisionId, onClose }: DialogProps) {
  const client = useFittingRoom();
  const [whole, setWhole] = useState<Explanation | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    setError(null);
    client.explanation(decisionId).then(
      (answer) => isCurrent && setWhole(answer),
      (problem: unknown) => isCurrent && setError(problem),
    );
    return () => {
      isCurrent = false;
    };
  }, [client, decisionId, tries]);

  const found = whole?.products.find(({ subject }) => subject === product);
  const bundle = whole?.bundles.find(({ bundle_id: id }) => id === product);
  return (
    <Sheet title="Why am I seeing this?" onClose={onClose}>
      <p className={styles.product} dir="auto">{title}</p>
      {error !== null && !isMissing(error) && <TroubleNotice error={error} part onRetry={() => setTries((count) => count + 1)} />}
      {error !== null && isMissing(error) && <p>This suggestion is too old: what it was made of is no longer kept.</p>}
      {error === null && whole === null && <Waiting />}
      {bundle && <BundleParts bundle={bundle} />}
      {whole && !found && !bundle && <p>It fills up the list: nothing in particular speaks for it, and nothing was reckoned for it.</p>}
      {whole && found && <Parts whole={whole} found={found} />}
    </Sheet>
  );
}

function Waiting() {
  return (
    <div className={styles.waiting} role="status">
      <span className="unseen">Looking it up</span>
    </div>
  );
}

function Parts({ whole, found }: { whole: Explanation; found: Explained }) {
  const { total, parts } = printed(found.clauses, found.score);
  const largest = Math.max(...parts.map(({ amount }) => Math.abs(amount)), Number.MIN_VALUE);
  return (
    <>
      <ul className={styles.parts}>
        {parts.map(({ words, amount, text }) => (
          <li key={words} className={amount < 0 ? styles.against : undefined}>
            <span dir="auto">{words}</span>
            <b>{text}</b>
            <meter min={0} max={largest} value={Math.abs(amount)} aria-hidden="true" />
          </li>
        ))}
      </ul>
      <p className={styles.total}>
        <span>Together</span>
        <b>{total}</b>
      </p>
      {found.shown && (
        <p>
          {found.shown.explored && <span className={styles.new}>Something new</span>}
          {place(found.shown)}
        </p>
      )}
      <p className="soft">{weightWords(whole.live_weight)}</p>
      <details className={styles.how}>
        <summary>How it is reckoned</summary>
        {whole.asked_for && <p>{whole.asked_for}</p>}
        <p>{filledBy(whole, found.shown)}</p>
        <p className={styles.formula}>{whole.formula}</p>
      </details>
    </>
  );
}
