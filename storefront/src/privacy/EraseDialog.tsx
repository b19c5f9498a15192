import { Sheet } from "../shell/Sheet";
import styles from "./Privacy.module.css";

interface Shown {
  user: string | null;
  isBusy: boolean;
  onErase: () => void;
  onClose: () => void;
}

/** Asked once more: nothing brings it back. */
export function EraseDialog({ user, isBusy, onErase, onClose }: Shown) {
  return (
    <Sheet title="Erase me" onClose={onClose}>
      <p className={styles.question}>{user === null ? "Erase all that is kept of this visit?" : <>Erase all that is kept of <bdi>{user}</bdi>?</>}</p>
      <ul className={styles.points}>
        <li>What you looked at, put into your bag, bought and liked here is removed from every store.</li>
        <li>{user === null ? "Your visit ends, and a fresh one begins." : "All your visits end, on other devices too. You are logged out, and a fresh visit begins."}</li>
        <li>Nobody can bring it back. Suggestions begin anew.</li>
        <li>What lies in your bag is kept by this browser alone, and stays, at the usual prices.</li>
      </ul>
      <p className={styles.acts}>
        <button type="button" className="button" disabled={isBusy} onClick={onErase}>{isBusy ? "Erasing" : "Yes, erase all of it"}</button>
        <button type="button" className="button-quiet" disabled={isBusy} onClick={onClose}>Keep it</button>
      </p>
    </Sheet>
  );
}
