import { useFittingRoom } from "@fitting-room/client/react";
import { useEffect, useState } from "react";

import { announce } from "../shell/announcer";
import { browserStorage } from "../storage/kept";
import { eraseMe, REQUESTS_KEY } from "./erase";
import { EraseDialog } from "./EraseDialog";
import { requestIdsIn } from "./receipt";
import { ReceiptView } from "./ReceiptView";
import styles from "./Privacy.module.css";
import { TroubleLine } from "./TroubleLine";
import { useReceipts } from "./useReceipts";

/** Erase me: asked for once more, then done, and shown as a receipt. */
export function ErasurePanel({ user, onErased }: { user: string | null; onErased: () => void }) {
  const client = useFittingRoom();
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [words, setWords] = useState("");
  const [ids, setIds] = useState<readonly string[]>([]);
  const { receipts, error: unread } = useReceipts(ids);
  useEffect(() => setIds(requestIdsIn(browserStorage.read(REQUESTS_KEY))), []);

  async function erase() {
    setBusy(true);
    setError(null);
    try {
      const begun = await eraseMe(client);
      setIds(begun);
      setWords(begun.length > 0 ? "A fresh visit has begun, which knows nothing of you." : "Nothing was kept of this visit, so there was nothing to erase.");
      announce(begun.length > 0 ? "You are being erased. The receipt follows." : "There was nothing to erase.");
      onErased();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
      setAsking(false);
    }
  }

  return (
    <section className={styles.group} aria-labelledby="erase-title">
      <h2 id="erase-title" className={styles.legend}>Erase me</h2>
      <p className={styles.lead}>
        {user === null ? "All that the shop keeps of this visit goes." : <>All that the shop keeps of <bdi>{user}</bdi> goes: this visit, and those before it.</>}
        {" "}You get a signed receipt that says what was removed from where, and names nobody.
      </p>
      <p className={styles.acts}>
        <button type="button" className="button-quiet" aria-haspopup="dialog" onClick={() => setAsking(true)}>Erase me</button>
      </p>
      <p className={styles.said} role="status">{words}</p>
      {error !== null && <TroubleLine error={error} before="Nothing was erased." />}
      {isAsking && <EraseDialog user={user} isBusy={isBusy} onErase={() => void erase()} onClose={() => setAsking(false)} />}
      {unread !== null && ids.length > 0 && <TroubleLine error={unread} before="The receipt cannot be read just now." />}
      {ids.length > 0 && receipts.length === 0 && unread === null && <div className={styles.blank} role="status"><span className="unseen">Waiting for the receipt</span></div>}
      {receipts.map((signed) => <ReceiptView key={signed.receipt.request_id} signed={signed} />)}
    </section>
  );
}
