import { useState } from "react";

import { useUser } from "../account/useUser";
import { useVisit } from "../live/useVisit";
import { ConsentPanel } from "./ConsentPanel";
import { DataPanel } from "./DataPanel";
import { ErasurePanel } from "./ErasurePanel";
import { BlankPreview, LivePreview } from "./LivePreview";
import styles from "./Privacy.module.css";
import { useConsent } from "./useConsent";

/** What the shop may use of a visit, what it keeps, and how to be forgotten. */
export function PrivacyPage() {
  const { name, look } = useUser();
  const consent = useConsent();
  const visit = useVisit();
  const isRead = consent.agreed !== null || consent.error !== null;
  const isKnown = visit.profile !== null || visit.error !== null;
  // While a fresh visit begins, what stands below stays: it says what has become of the one before.
  const [wasKnown, setKnown] = useState(false);
  if (isKnown && !wasKnown) setKnown(true);
  const [hadProfile, setHad] = useState(false);
  if (visit.profile !== null && !hadProfile) setHad(true);
  return (
    <div className={styles.whole}>
      <div className={`page ${styles.top}`}>
        <h1 className={styles.title}>Privacy</h1>
        <p className={styles.lead}>
          This shop follows what you do in it, to choose what you see. Here is what that may be used for, and what is kept.
          Every switch acts at once, on this page as well.
        </p>
        <ConsentPanel consent={consent} />
      </div>
      {/* Below what is still to come, they would be pushed down. */}
      {isRead && wasKnown && (
        <>
          {visit.profile !== null ? <LivePreview profile={visit.profile} /> : hadProfile && <BlankPreview />}
          <div className={`page ${styles.top} ${styles.next}`}>
            <DataPanel user={name ?? null} />
            <ErasurePanel user={name ?? null} onErased={look} />
          </div>
        </>
      )}
    </div>
  );
}
