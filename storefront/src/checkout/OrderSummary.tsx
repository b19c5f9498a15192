import Link from "next/link";

import { amountText } from "../cart/amounts";
import type { Charged } from "../cart/charges";
import { Picture } from "../picture/Picture";
import styles from "./Checkout.module.css";

interface Shown {
  charged: Charged;
  /** Lines of the bag that cannot be ordered. */
  unavailable: number;
  isUnchecked: boolean;
}

export function OrderSummary({ charged: { lines, total, saving }, unavailable, isUnchecked }: Shown) {
  return (
    <section className={styles.summary} aria-labelledby="order-title">
      <h2 id="order-title" className={styles.small}>What you order</h2>
      <ul className={styles.lines}>
        {lines.map(({ line, total: price }) => (
          <li key={line.line_id} data-product={line.product_id}>
            <Picture product={line.product} className={styles.picture ?? ""} />
            <span className={styles.name}><bdi>{line.product.title}</bdi>{line.quantity > 1 && <span className="soft"> × {line.quantity}</span>}</span>
            <span className={styles.price}>{price ? amountText(price) : "No price"}</span>
          </li>
        ))}
      </ul>
      {unavailable > 0 && <p className={styles.hint}>{unavailable === 1 ? "One item" : `${unavailable} items`} in your bag cannot be had just now and stays out of the order.</p>}
      {saving && <p className={styles.sum}><span>You save as a bundle</span><span className={styles.saving}>{amountText(saving)}</span></p>}
      <p className={styles.sum} data-sum><span>Sum</span><b>{total ? amountText(total) : "Not known"}</b></p>
      <p className={styles.hint}><Link href="/cart" className="link">Change your bag</Link></p>
      <p className={styles.hint} role="status">{isUnchecked ? "Prices could not be checked just now." : "\u00a0"}</p>
    </section>
  );
}
