import { useEffect, useRef, useState } from "react";

import { useNear } from "../live/useNear";
import { type Drawn, tintOf } from "./cuts";
import { Garment } from "./Garment";
import styles from "./Picture.module.css";

/** A picture this much smaller than its place is shown at its own size, not blown up. */
const MOST_ENLARGED = 2.5;

interface Shown {
  product: Drawn & { image_url: string | null };
  /** Loaded at once and before others: the picture that a page is about. */
  first?: boolean;
  /** Text for those who do not see it; empty where the title stands beside it. */
  label?: string;
  className?: string;
}

/** The product's picture in a place that is reserved for it, or a drawing. */
export function Picture({ product, first = false, label = "", className }: Shown) {
  const tile = useRef<HTMLDivElement>(null);
  const [broken, setBroken] = useState<string | null>(null);
  const isNear = useNear(tile, first);
  const source = product.image_url;
  const tint = styles[`tint${tintOf(product.product_id)}`];
  const shown = source !== null && source !== broken;
  return (
    <div ref={tile} className={`${styles.tile} ${shown ? styles.photo : tint} ${className ?? ""}`}>
      {shown ? (
        <Photo source={source} label={label} first={first} onBroken={() => setBroken(source)} />
      ) : isNear && (
        <Garment product={product} {...(label ? { label } : {})} className={styles.drawing ?? ""} />
      )}
    </div>
  );
}

interface PhotoShown {
  source: string;
  label: string;
  first: boolean;
  onBroken: () => void;
}

function Photo({ source, label, first, onBroken }: PhotoShown) {
  const image = useRef<HTMLImageElement>(null);
  const [small, setSmall] = useState(false);

  function measure() {
    const node = image.current;
    if (!node || node.naturalWidth === 0) return;
    setSmall(node.naturalWidth * MOST_ENLARGED < node.clientWidth);
  }
  useEffect(() => {
    // An answer from the cache may have come before React listened.
    if (image.current?.complete) measure();
  }, [source]);

  return (
    <img
      ref={image}
      className={small ? styles.small : styles.image}
      src={source}
      alt={label}
      width={400}
      height={500}
      loading={first ? "eager" : "lazy"}
      fetchPriority={first ? "high" : "auto"}
      decoding="async"
      referrerPolicy="no-referrer"
      onLoad={measure}
      onError={onBroken}
    />
  );
}
