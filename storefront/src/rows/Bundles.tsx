import { useWatch } from "@fitting-room/client/react";
import Link from "next/link";
import { Fragment, useState } from "react";

import { FULL } from "../bag/limits";
import { useBagChanges } from "../bag/useBag";
import { productPath } from "../catalogue/addresses";
import type { CardProduct } from "../catalogue/types";
import { Picture } from "../picture/Picture";
import { announce } from "../shell/announcer";
import { WhyButton } from "../why/WhyButton";
import styles from "./Bundles.module.css";
import { bundleMoney, offeredOf, type ShownBundle } from "./bundles";
import { Section } from "./Section";

/** Products that are bought together; with a saving where the shop has made an offer. */
export function Bundles({ bundles }: { bundles: readonly ShownBundle[] }) {
  if (bundles.length === 0) return null;
  const areOffers = bundles.every(({ suggestion }) => suggestion.offer);
  return (
    <Section name="bundles" title="Better together" note={areOffers ? "Bought together by others, for less." : "Bought together by others."}>
      <ul className={styles.bundles}>
        {bundles.map((bundle) => (
          <li key={bundle.suggestion.bundle_id}><Bundle bundle={bundle} /></li>
        ))}
      </ul>
    </Section>
  );
}

function Bundle({ bundle }: { bundle: ShownBundle }) {
  const { suggestion, products, decisionId } = bundle;
  const { add } = useBagChanges();
  const [isAdded, setAdded] = useState(false);
  const { now, before, saving } = bundleMoney(bundle);

  function addAll() {
    const suggested = { bundle_id: suggestion.bundle_id, decision_id: decisionId, product_ids: suggestion.product_ids };
    const isIn = add(products.map((product) => ({ product, suggested, offered: offeredOf(suggestion, product.product_id) })));
    setAdded(isIn);
    announce(isIn ? `${products.length} items are in your bag.` : FULL);
  }

  return (
    <article className={styles.bundle}>
      <div className={styles.pieces}>
        {products.map((product) => (
          <Piece key={product.product_id} product={product} decisionId={decisionId} />
        ))}
      </div>
      <h3 className={styles.title}>
        {products.map((product, place) => (
          <Fragment key={product.product_id}>
            {place > 0 && " + "}
            <bdi>{product.title}</bdi>
          </Fragment>
        ))}
      </h3>
      <p className={styles.money}>
        {now && <span>{now}</span>}
        {before && <s>{before}</s>}
        {saving && <b>{saving}</b>}
      </p>
      <p className={styles.reason} dir="auto">
        {suggestion.reason} <WhyButton title={products.map(({ title }) => title).join(" and ")} product={suggestion.bundle_id} decisionId={decisionId} />
      </p>
      <button type="button" className="button-quiet" disabled={isAdded} onClick={addAll}>
        {isAdded ? "In your bag" : "Add them all"}
      </button>
    </article>
  );
}

/** Without a slot there is no impression to learn from, but a look that begins here counts for the decision. */
function Piece({ product, decisionId }: { product: CardProduct; decisionId: string }) {
  const watched = useWatch({ productId: product.product_id, decisionId });
  return (
    <Link href={productPath(product.product_id)} aria-label={product.title} ref={watched}>
      <Picture product={product} />
    </Link>
  );
}
