import type { BagLine } from "../bag/bag";
import styles from "./Cart.module.css";

/** What cannot be ordered any more; it stays until it is taken out, since it may come back. */
export function UnavailableLines({ lines, onRemove }: { lines: readonly BagLine[]; onRemove(line: BagLine): void }) {
  if (lines.length === 0) return null;
  return (
    <section className={styles.unavailable} aria-labelledby="unavailable-title">
      <h2 id="unavailable-title" className={styles.small}>Not to be had just now</h2>
      <p className="soft">Sold out, or taken off the shop. It is not part of your order.</p>
      <ul>
        {lines.map((line) => (
          <li key={line.line_id} data-product={line.product_id}>
            <span dir="auto">{line.product.title}</span>
            <button type="button" className="link" aria-label={`Remove ${line.product.title}`} onClick={() => onRemove(line)}>Remove</button>
          </li>
        ))}
      </ul>
    </section>
  );
}
