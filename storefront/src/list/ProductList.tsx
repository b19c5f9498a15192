import { useMemo, useState } from "react";

import { CardGrid } from "../cards/CardGrid";
import type { Entry } from "../cards/entry";
import { announce } from "../shell/announcer";
import { countWords, type Order, ORDER_WORDS, ordered, ORDERS } from "./ordering";
import styles from "./ProductList.module.css";

const PAGE = 24;
const ROOM = 8;

interface Shown {
  /** Null while they are asked for. */
  entries: readonly Entry[] | null;
  name: string;
  /** Whether the shop has more that were not asked for. */
  isCut: boolean | undefined;
}

/** A list in the visit's order or by price, a page at a time. */
export function ProductList({ entries, name, isCut = false }: Shown) {
  const [order, setOrder] = useState<Order>("suggested");
  const [most, setMost] = useState(PAGE);
  const all = useMemo(() => entries && inOrder(entries, order), [entries, order]);
  const shown = useMemo(() => all?.slice(0, most) ?? null, [all, most]);

  function loadMore() {
    setMost(most + PAGE);
    announce(countWords(Math.min(most + PAGE, all?.length ?? 0), all?.length ?? 0, isCut));
  }

  return (
    <div className={styles.list}>
      <div className={styles.bar}>
        <p className="soft">{all && shown && all.length > 0 ? countWords(shown.length, all.length, isCut) : ""}</p>
        <label className={styles.order}>
          <span className="unseen">Order</span>
          <select value={order} onChange={(event) => setOrder(event.target.value as Order)}>
            {ORDERS.map((known) => <option key={known} value={known}>{ORDER_WORDS[known]}</option>)}
          </select>
        </label>
      </div>
      <CardGrid entries={shown} count={ROOM} layout="grid" name={order === "suggested" ? name : ""} heading="h2" />
      {all && shown && shown.length < all.length && (
        <button type="button" className={`button-quiet ${styles.more}`} onClick={loadMore}>
          Show more
        </button>
      )}
    </div>
  );
}

/** By price nobody decided, so that there is no decision to report or to explain. */
function inOrder(entries: readonly Entry[], order: Order): readonly Entry[] {
  return order === "suggested" ? entries : ordered(entries, order).map(({ product }) => ({ product }));
}
