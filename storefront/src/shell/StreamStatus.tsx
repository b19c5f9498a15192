import { useProfile } from "@fitting-room/client/react";
import type { StreamState } from "@fitting-room/client";

import styles from "./StreamStatus.module.css";

/** Whether suggestions follow at once. Words stand beside the dot only where something is wrong. */
const WORDS: Readonly<Record<StreamState, string>> = {
  connecting: "Connecting",
  live: "Live",
  polling: "Updating now and then",
  offline: "Reconnecting",
  ended: "Not following",
};

export function StreamStatus() {
  const { state } = useProfile();
  const isQuiet = state === "live" || state === "connecting";
  return (
    <p className={styles.status} data-state={state} role="status" title={WORDS[state]}>
      <span className={styles.dot} aria-hidden="true" />
      <span className={isQuiet ? "unseen" : styles.words}>{WORDS[state]}</span>
    </p>
  );
}
