import { useState } from "react";
import Link from "next/link";

import { FULL } from "../bag/limits";
import { useBagChanges } from "../bag/useBag";
import { categoryPath } from "../catalogue/addresses";
import { money } from "../catalogue/money";
import type { ProductCard } from "../catalogue/types";
import { Crumbs } from "../list/PageHead";
import { Picture } from "../picture/Picture";
import { announce } from "../shell/announcer";
import styles from "./ProductSheet.module.css";
import { availabilityWords, factsOf, ratingWords } from "./productWords";
import { Thumbs } from "./Thumbs";

/** The product itself: what it looks like, what it costs, and what can be done. */
export function ProductSheet({ product, ref }: { product: ProductCard; ref: React.Ref<HTMLElement> }) {
  const was = product.list_price !== null && product.price !== null && product.list_price > product.price;
  const category = { href: categoryPath(product.category_id), name: product.category_name || product.category_id };
  return (
    <article className={styles.sheet} ref={ref} data-product={product.product_id}>
      <Picture product={product} first label={product.title} className={styles.picture ?? ""} />
      <div className={styles.words}>
        <Crumbs path={[{ href: "/", name: "Home" }, category]} />
        <h1 className={styles.title} dir="auto">{product.title}</h1>
        <p className={styles.price}>
          {money(product.price, product.currency) || "Price on request"}
          {was && <s>{money(product.list_price, product.currency)}</s>}
        </p>
        <p className="soft">{ratingWords(product)}</p>
        <Buy product={product} />
        <Thumbs product={product.product_id} />
        <dl className={styles.facts}>
          {factsOf(product).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </article>
  );
}

function Buy({ product }: { product: ProductCard }) {
  const { add } = useBagChanges();
  const [added, setAdded] = useState(0);
  const [isFull, setFull] = useState(false);
  const isGone = product.availability === "out_of_stock";

  function addOne() {
    const isIn = add([{ product }]);
    setFull(!isIn);
    if (isIn) setAdded(added + 1);
    announce(isIn ? `${product.title} is in your bag.` : FULL);
  }

  return (
    <div className={styles.buy}>
      <button type="button" className="button" disabled={isGone} onClick={addOne}>
        {isGone ? "Sold out" : "Add to bag"}
      </button>
      <p className={styles.note}>
        {isFull || added > 0 ? (
          <>{isFull ? FULL : added === 1 ? "It is in your bag." : `${added} are in your bag.`} <Link href="/cart" className="link">See the bag</Link></>
        ) : availabilityWords(product.availability)}
      </p>
    </div>
  );
}

/** The room that a product takes. */
export function SheetSkeleton() {
  return (
    <div className={styles.sheet} aria-busy="true">
      <div className={`${styles.picture} ${styles.blank}`} />
      <div className={styles.words}>
        <p className="unseen" role="status">The product is on its way</p>
        <div className={styles.line} />
        <div className={styles.title}><div className={styles.line} /></div>
        <div className={styles.shortLine} />
      </div>
    </div>
  );
}
