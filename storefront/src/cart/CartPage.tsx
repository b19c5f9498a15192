import Link from "next/link";
import { useCallback, useRef } from "react";

import type { BagLine } from "../bag/bag";
import { useBag, useBagChanges } from "../bag/useBag";
import { useHydrated } from "../live/useHydrated";
import { announce } from "../shell/announcer";
import { amountText } from "./amounts";
import { CartLine } from "./CartLine";
import styles from "./Cart.module.css";
import { CompletingRows, StartingRows } from "./CartRows";
import { type Charged, chargesFor } from "./charges";
import { UnavailableLines } from "./UnavailableLines";
import { useFreshLines } from "./useFreshLines";

/** What is in the bag, what it comes to, and what would complete it. */
export function CartPage() {
  const isHydrated = useHydrated();
  const { lines, count } = useBag();
  const fresh = useFreshLines(lines);
  const charged = chargesFor(fresh.lines);
  const title = useRef<HTMLHeadingElement>(null);
  const { setQuantity } = useBagChanges();

  const remove = useCallback((line: BagLine) => {
    setQuantity(line, 0);
    announce(`${line.product.title} is no longer in your bag.`);
    // The button that was pressed is gone.
    title.current?.focus();
  }, [setQuantity]);

  return (
    <div className={styles.whole}>
      <header className={`page ${styles.head}`}>
        <h1 ref={title} tabIndex={-1} className={styles.title}>Your bag</h1>
        <p className="soft">{isHydrated ? `${count} ${count === 1 ? "item" : "items"}` : "\u00a0"}</p>
      </header>
      {!isHydrated && <Waiting />}
      {isHydrated && lines.length === 0 && <Empty />}
      {isHydrated && lines.length > 0 && (
        <div className={`page ${styles.columns}`}>
          <div>
            <ul className={styles.lines} aria-label="Items in your bag">
              {charged.lines.map((line) => (
                <CartLine key={line.line.line_id} charged={line} onQuantity={setQuantity} onRemove={remove} />
              ))}
            </ul>
            <UnavailableLines lines={fresh.unavailable} onRemove={remove} />
          </div>
          {charged.lines.length > 0 && <Summary charged={charged} isUnchecked={fresh.isUnchecked} />}
        </div>
      )}
      {isHydrated && (lines.length > 0 ? <CompletingRows name="cart" productIds={lines.map(({ product_id: id }) => id)} /> : <StartingRows />)}
    </div>
  );
}

function Summary({ charged: { total, saving }, isUnchecked }: { charged: Charged; isUnchecked: boolean }) {
  return (
    <section className={styles.summary} aria-labelledby="sum-title">
      <h2 id="sum-title" className={styles.small}>Together</h2>
      <dl className={styles.sums} aria-live="polite">
        {saving && (
          <div>
            <dt>You save as a bundle</dt>
            <dd className={styles.saving} data-saving>{amountText(saving)}</dd>
          </div>
        )}
        <div className={styles.sum}>
          <dt>Sum</dt>
          <dd data-sum>{total ? amountText(total) : "Not known: some prices are missing or in other money"}</dd>
        </div>
      </dl>
      <Link href="/checkout" className="button">Check out</Link>
      {/* One in the place of the other, so that nothing moves. */}
      <p className={styles.hint} role="status">{isUnchecked ? "Prices could not be checked just now." : "This shop is a demonstration: it takes no money."}</p>
    </section>
  );
}

function Empty() {
  return (
    <div className={`page ${styles.empty}`}>
      <p>Nothing yet: add something you like. It waits here, in this browser, until you check out.</p>
      <Link href="/" className="button">Look around</Link>
    </div>
  );
}

function Waiting() {
  return (
    <div className={`page ${styles.waiting}`} role="status">
      <span className="unseen">Opening your bag</span>
      <span className={styles.blank} />
      <span className={styles.blank} />
    </div>
  );
}
