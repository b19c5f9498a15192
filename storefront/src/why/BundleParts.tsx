import type { Explanation } from "@fitting-room/client";

import { knownCard } from "../catalogue/cardStore";
import { exactMoney } from "../catalogue/money";
import styles from "./Why.module.css";

/** Why products are offered together: what others did, and the offer's lines, which add up to its price. */
export function BundleParts({ bundle }: { bundle: Explanation["bundles"][number] }) {
  const { price, sentence } = bundle;
  if (price === null) return <p dir="auto">{sentence}</p>;
  // The rest of the sentence is the table below.
  const [reason] = sentence.split(". Offered by the shop");
  return (
    <>
      <p dir="auto">{reason}.</p>
      <ul className={styles.parts}>
        {price.lines.map(({ product_id: id, after }) => (
          <li key={id}>
            <span dir="auto">{knownCard(id)?.title ?? id}</span>
            <b>{exactMoney(after, price)}</b>
          </li>
        ))}
      </ul>
      <p className={styles.total}>
        <span>Together</span>
        <b>{exactMoney(price.after, price)}</b>
      </p>
      <p className="soft">
        The shop asks {exactMoney(price.after, price)} instead of {exactMoney(price.before, price)} for all of it, which saves {exactMoney(price.saving, price)}.
      </p>
    </>
  );
}
