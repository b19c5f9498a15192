import { useWatch } from "@fitting-room/client/react";
import Link from "next/link";
import { memo, type ReactNode } from "react";

import { productPath } from "../catalogue/addresses";
import { money } from "../catalogue/money";
import { Picture } from "../picture/Picture";
import { WhyButton } from "../why/WhyButton";
import styles from "./Card.module.css";
import type { Entry } from "./entry";
import type { Move } from "./moves";

const MOVE_WORDS: Readonly<Record<Move, string>> = { up: "Moved up", down: "Makes room", arrived: "New here" };

interface Shown {
  entry: Entry;
  /** How the card came to its place just now, for as long as that is news. */
  move?: Move | undefined;
  /** A heading of the level below its row's. */
  heading?: "h2" | "h3";
}

/** A product: picture, title, price, and why it stands here. */
export const Card = memo(function Card({ entry, move, heading: Heading = "h3" }: Shown) {
  const { product, decisionId, slot, reason, explored } = entry;
  const watched = useWatch({
    productId: product.product_id,
    ...(decisionId === undefined ? {} : { decisionId }),
    ...(slot === undefined ? {} : { slot }),
  });
  const was = product.list_price != null && product.price != null && product.list_price > product.price;

  return (
    <article className={styles.card} ref={watched} data-product={product.product_id}>
      <Picture product={product} className={styles.picture ?? ""} />
      {explored && <span className={styles.badge}>Something new</span>}
      <div className={styles.text}>
        <Heading className={styles.title} dir="auto">
          <Link href={productPath(product.product_id)} className={styles.link}>{product.title}</Link>
        </Heading>
        <p className={styles.facts}>
          <span>{money(product.price, product.currency)}</span>
          {was && <s>{money(product.list_price, product.currency)}</s>}
          {product.availability === "out_of_stock" && <span className="soft">Sold out</span>}
        </p>
        {decisionId && (
          <p className={styles.reason} data-move={move} dir="auto">
            <span className={styles.words}>{reasonWords(move, reason)}</span>{" "}
            <WhyButton title={product.title} product={product.product_id} decisionId={decisionId} />
          </p>
        )}
      </div>
    </article>
  );
});

function reasonWords(move: Move | undefined, reason: string | undefined): ReactNode {
  if (!move || move === "down") return reason;
  return <b>{reason ? `${MOVE_WORDS[move]}: ${reason}` : `${MOVE_WORDS[move]}.`}</b>;
}

/** The room that a card will take. */
export function CardSkeleton() {
  return (
    <div className={styles.card} aria-hidden="true">
      <div className={styles.blank} />
      <div className={styles.text}>
        <div className={styles.line} />
        <div className={styles.shortLine} />
      </div>
    </div>
  );
}
