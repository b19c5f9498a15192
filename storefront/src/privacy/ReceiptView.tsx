import { saveFile } from "./answers";
import { momentWords } from "./decisions";
import { fileName, type SignedReceipt, stateWords, storeName } from "./receipt";
import styles from "./Privacy.module.css";

/** What was removed from where, and who vouches for it. */
export function ReceiptView({ signed }: { signed: SignedReceipt }) {
  const { receipt, algorithm, key_id: key, signature } = signed;
  return (
    <article className={styles.receipt} aria-label="Receipt of the erasure" data-receipt={receipt.request_id} data-state={receipt.state}>
      <h3 className={styles.small}>Your receipt</h3>
      <p role="status">{stateWords(receipt)}</p>
      {receipt.stores.length > 0 && (
        <div className={styles.scroll} role="region" aria-label="What was removed" tabIndex={0}>
          <table className={styles.table}>
            <caption className="unseen">What was removed, by store</caption>
            <thead>
              <tr><th scope="col">Store</th><th scope="col" className={styles.number}>Removed</th><th scope="col">When</th><th scope="col">Still there</th></tr>
            </thead>
            <tbody>
              {receipt.stores.map(({ store, removed, erased_at: at, left }) => (
                <tr key={store} data-store={store}>
                  <th scope="row">{storeName(store)}</th>
                  <td className={styles.number}>{removed.toLocaleString()}</td>
                  <td>{momentWords(at)}</td>
                  <td>{left || "Nothing"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {receipt.handed_out && receipt.handed_out.length > 0 && (
        <details className={styles.more}>
          <summary>What the shop may have handed to others before</summary>
          <ul>{receipt.handed_out.map((what) => <li key={what}>{what}</li>)}</ul>
        </details>
      )}
      <dl className={styles.facts}>
        <div><dt>Asked for</dt><dd>{momentWords(receipt.asked_at)}</dd></div>
        <div><dt>Number</dt><dd className={styles.code}>{receipt.request_id}</dd></div>
        <div><dt>Key</dt><dd className={styles.code} data-key>{key}</dd></div>
        <div><dt>Signature ({algorithm})</dt><dd className={styles.code} data-signature>{signature}</dd></div>
      </dl>
      <p className={styles.acts}>
        <button type="button" className="button-quiet" onClick={() => saveFile(new Blob([signed.text], { type: "application/json" }), fileName(signed))}>
          Keep this receipt
        </button>
      </p>
    </article>
  );
}
