import { useEffect, useState } from "react";

import { TroubleNotice } from "../notices/TroubleNotice";
import styles from "./Privacy.module.css";
import { PURPOSES, switchedWords, withPurpose } from "./purposes";
import { Switch } from "./Switch";
import { TroubleLine } from "./TroubleLine";
import type { Consent } from "./useConsent";

const UNTOLD = "The shop has not heard of your choice yet. It is kept in this browser, and the shop is told as soon as it can be reached.";

/** What the visit may be used for, by purpose, and a pause of everything. */
export function ConsentPanel({ consent: { agreed, isBusy, isUntold, error, refused, choose, pause, reload } }: { consent: Consent }) {
  const sendsSignal = useGlobalControl();

  if (agreed === null && error !== null) return <div className={styles.trouble}><TroubleNotice error={error} part onRetry={reload} /></div>;
  if (agreed === null) return <div className={styles.blank} role="status"><span className="unseen">Reading what you have chosen</span></div>;
  return (
    <fieldset className={styles.group} aria-busy={isBusy}>
      <legend className={styles.legend}>What your visit may be used for</legend>
      <Switch name="Pause everything" isOn={agreed.length === 0} disabled={isBusy} onSwitch={pause} purpose="pause">
        <p>One switch for all four. Nothing of your visit is used or kept while it is on, and pages are the same for everybody.</p>
      </Switch>
      {PURPOSES.map(({ purpose, name, does, withdrawn }) => {
        const isSignalled = sendsSignal && purpose === "share";
        return (
          <Switch
            key={purpose}
            purpose={purpose}
            name={name}
            isOn={agreed.includes(purpose)}
            disabled={isBusy || isSignalled}
            onSwitch={(isOn) => choose(withPurpose(agreed, purpose, isOn), switchedWords(name, isOn))}
          >
            <p>{does}</p>
            <p>{withdrawn}</p>
            {isSignalled && <p className={styles.signal} data-gpc>Your browser sends Global Privacy Control, so this stays off, whatever a page says.</p>}
          </Switch>
        );
      })}
      {/* Its room is kept, so that nothing jumps. */}
      <p className={styles.said} role="status" data-untold={isUntold}>{isUntold && !isBusy && UNTOLD}</p>
      {isUntold && refused !== null && <TroubleLine error={refused} before="The shop could not be told of your choice." />}
    </fieldset>
  );
}

/** Whether the browser sends `Sec-GPC: 1`. */
function useGlobalControl(): boolean {
  const [sends, setSends] = useState(false);
  useEffect(() => setSends((navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true), []);
  return sends;
}
