import Link from "next/link";

import type { BagLine } from "../bag/bag";
import { productPath } from "../catalogue/addresses";
import { Picture } from "../picture/Picture";
import { amountText } from "./amounts";
import styles from "./Cart.module.css";
import type { ChargedLine } from "./charges";
import { Quantity } from "./Quantity";

interface Shown {
  charged: ChargedLine;
  onQuantity(line: BagLine, quantity: number): void;
  onRemove(line: BagLine): void;
}

export function CartLine({ charged: { line, charges, total, before }, onQuantity, onRemove }: Shown) {
  const { product, product_id: id, quantity } = line;
  const facts = [product.colour, product.brand].filter((fact) => fact && !product.title.toLowerCase().includes(fact.toLowerCase())).join(" · ");
  const isPlain = quantity === 1 && before === null;
  return (
    <li className={styles.line} data-product={id} data-bundle={line.suggested?.bundle_id} data-decision={line.suggested?.decision_id}>
      <Link href={productPath(id)} className={styles.picture} tabIndex={-1} aria-hidden="true">
        <Picture product={product} />
      </Link>
      <div className={styles.words}>
        <Link href={productPath(id)} className={styles.name} dir="auto">{product.title}</Link>
        {facts && <p className="soft" dir="auto">{facts}</p>}
        {!isPlain && (
          <ul className={styles.charges}>
            {charges.map(({ pieces, each }, place) => each && (
              <li key={place} className="soft">
                {pieces} × {amountText(each)}{before && place === 0 ? " in the bundle" : ""}
              </li>
            ))}
          </ul>
        )}
      </div>
      <p className={styles.price}>
        <span className="unseen">Price: </span>
        <span data-price>{total ? amountText(total) : "No price"}</span>
        {before && (
          <>
            {" "}<span className="unseen">instead of </span><s>{amountText(before)}</s>
          </>
        )}
      </p>
      <div className={styles.controls}>
        <Quantity title={product.title} quantity={quantity} onChange={(pieces) => onQuantity(line, pieces)} />
        <button type="button" className={`link ${styles.remove}`} aria-label={`Remove ${product.title}`} onClick={() => onRemove(line)}>
          Remove
        </button>
      </div>
    </li>
  );
}
