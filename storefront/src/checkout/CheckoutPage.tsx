import Link from "next/link";

import { useBag } from "../bag/useBag";
import { StartingRows } from "../cart/CartRows";
import { chargesFor } from "../cart/charges";
import { useFreshLines } from "../cart/useFreshLines";
import { useHydrated } from "../live/useHydrated";
import styles from "./Checkout.module.css";
import { OrderForm } from "./OrderForm";
import { OrderSummary } from "./OrderSummary";
import { Thanks } from "./Thanks";
import { useOrder } from "./useOrder";

export function CheckoutPage() {
  const isHydrated = useHydrated();
  const { lines } = useBag();
  const fresh = useFreshLines(lines);
  const charged = chargesFor(fresh.lines);
  const { done, place } = useOrder();

  // What cannot be had stays in the bag after the order.
  if (done && charged.lines.length === 0) return <Thanks key={done.orderId} order={done} />;
  if (isHydrated && charged.lines.length === 0) return <Nothing />;
  return (
    <div className={styles.whole}>
      <header className={`page ${styles.head}`}>
        <h1 className={styles.title}>Check out</h1>
        <p className={styles.lead}>
          This shop is a demonstration. It takes no money, sends no parcel, and what you write here does not leave this page.
        </p>
      </header>
      <div className={`page ${styles.columns}`}>
        {isHydrated ? (
          <>
            <OrderForm onOrder={() => place(charged)} />
            <OrderSummary charged={charged} unavailable={fresh.unavailable.length} isUnchecked={fresh.isUnchecked} />
          </>
        ) : <div className={styles.blank} role="status"><span className="unseen">Opening your bag</span></div>}
      </div>
    </div>
  );
}

function Nothing() {
  return (
    <div className={styles.whole}>
      <div className={`page ${styles.nothing}`}>
        <h1 className={styles.title}>There is nothing to check out</h1>
        <p className="soft">Your bag is empty, or what is in it cannot be had just now.</p>
        <p><Link href="/cart" className="link">See your bag</Link> or <Link href="/" className="link">look around</Link>.</p>
      </div>
      <StartingRows />
    </div>
  );
}
