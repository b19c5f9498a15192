import Link from "next/link";
import { useEffect, useRef } from "react";

import { CompletingRows } from "../cart/CartRows";
import { productPath } from "../catalogue/addresses";
import { announce } from "../shell/announcer";
import styles from "./Checkout.module.css";
import type { DoneOrder } from "./doneOrder";

export function Thanks({ order }: { order: DoneOrder }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The form with the button that was pressed is gone.
    title.current?.focus();
    scrollTo({ top: 0 });
    announce(`Thank you. Your order has the number ${order.orderId}.`);
  }, [order.orderId]);
  return (
    <div className={styles.whole}>
      <div className={`page ${styles.thanks}`}>
        <h1 ref={title} tabIndex={-1} className={styles.title}>Thank you. It would be on its way.</h1>
        <p className="soft">No money was taken, since this shop is a demonstration. What you chose here helps to choose what you see next.</p>
        <dl className={styles.facts}>
          <div><dt>Order</dt><dd data-order>{order.orderId}</dd></div>
          {order.sum && <div><dt>Sum</dt><dd>{order.sum}</dd></div>}
        </dl>
        <ul className={styles.bought} aria-label="What you ordered">
          {order.lines.map(({ productId, title: name, quantity }, place) => (
            <li key={`${productId}-${place}`}><Link href={productPath(productId)} dir="auto">{name}</Link>{quantity > 1 && <span className="soft"> × {quantity}</span>}</li>
          ))}
        </ul>
        <Link href="/" className="button">Back to the shop</Link>
      </div>
      {order.lines.length > 0 && <CompletingRows name={`order ${order.orderId}`} productIds={order.lines.map(({ productId }) => productId)} />}
    </div>
  );
}
