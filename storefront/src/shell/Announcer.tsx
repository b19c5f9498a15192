import { useEffect, useState } from "react";

import { type Announcement, onAnnouncement, withNewest } from "./announcer";

/** Long enough to be read out; later nobody should come upon it. */
const GONE_MS = 15_000;

/** The page's live region: what is said is an element of its own, so that the same words are spoken twice. */
export function Announcer() {
  const [said, setSaid] = useState<readonly Announcement[]>([]);
  useEffect(() => onAnnouncement((newest) => setSaid((before) => withNewest(before, newest))), []);
  useEffect(() => {
    if (said.length === 0) return undefined;
    const timer = setTimeout(() => setSaid([]), GONE_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div className="unseen" role="status" aria-live="polite" aria-atomic="false">
      {said.map(({ number, text }) => <p key={number}>{text}</p>)}
    </div>
  );
}
