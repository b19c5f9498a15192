import { useId } from "react";

import { drawingOf, type Drawn } from "./cuts";
import styles from "./Garment.module.css";

/** A garment drawn by its kind, colour and id. Without a label it is decoration. */
export function Garment({ product, label, className }: { product: Drawn; label?: string; className?: string }) {
  const id = useId();
  const { cut, paints, weave } = drawingOf(product);
  const many = paints.length > 1;
  const role = label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label };
  return (
    <svg viewBox="0 0 200 250" className={`${styles.garment} ${className ?? ""}`} {...role}>
      {many && (
        <linearGradient id={id} x2="0.35" y2="1">
          {paints.flatMap((paint, place) => [
            <stop key={`${paint}-from`} offset={place / paints.length} stopColor={paint} />,
            <stop key={`${paint}-to`} offset={(place + 1) / paints.length} stopColor={paint} />,
          ])}
        </linearGradient>
      )}
      <ellipse cx="100" cy="226" rx="56" ry="4.5" className={styles.floor} />
      {cut.hangs && <path d="M100 46V34Q100 28 106 27Q111 26 110 20Q108 15 103 17" className={styles.hook} />}
      <path d={cut.outline} fill={many ? `url(#${id})` : paints[0]} className={styles.cloth} />
      {weave !== "plain" && <path d={cut.outline} fill={`url(#weave-${weave})`} />}
      <path d={cut.outline} fill="url(#light)" />
      <path d={cut.seams} className={styles.seam} />
    </svg>
  );
}

/** What all drawings share: the light on them and their weaves. Once in a page. */
export function GarmentLight() {
  return (
    <svg className={styles.shared} aria-hidden="true" focusable="false">
      <defs>
        <linearGradient id="light" x1="0" y1="0" x2="1" y2="0.35">
          <stop offset="0" stopColor="#000" stopOpacity="0.16" />
          <stop offset="0.22" stopColor="#fff" stopOpacity="0.16" />
          <stop offset="0.5" stopColor="#fff" stopOpacity="0.02" />
          <stop offset="0.78" stopColor="#000" stopOpacity="0.05" />
          <stop offset="1" stopColor="#000" stopOpacity="0.24" />
        </linearGradient>
        <pattern id="weave-stripes" width="10" height="10" patternUnits="userSpaceOnUse">
          <path d="M0 2.5H10" stroke="#fff" strokeOpacity="0.55" strokeWidth="3" />
        </pattern>
        <pattern id="weave-checks" width="16" height="16" patternUnits="userSpaceOnUse">
          <path d="M0 4H16M4 0V16" stroke="#fff" strokeOpacity="0.3" strokeWidth="4" />
          <path d="M0 12H16M12 0V16" stroke="#000" strokeOpacity="0.16" strokeWidth="1" />
        </pattern>
        <pattern id="weave-dots" width="12" height="12" patternUnits="userSpaceOnUse">
          <circle cx="3" cy="3" r="1.5" fill="#fff" fillOpacity="0.6" />
          <circle cx="9" cy="9" r="1.5" fill="#fff" fillOpacity="0.6" />
        </pattern>
        <pattern id="weave-knit" width="5" height="5" patternUnits="userSpaceOnUse">
          <path d="M0 1 2.5 4 5 1" fill="none" stroke="#000" strokeOpacity="0.13" strokeWidth="0.9" />
        </pattern>
        <pattern id="weave-pleats" width="9" height="9" patternUnits="userSpaceOnUse">
          <path d="M1 0V9" stroke="#000" strokeOpacity="0.16" strokeWidth="1.2" />
          <path d="M5 0V9" stroke="#fff" strokeOpacity="0.16" strokeWidth="2" />
        </pattern>
      </defs>
    </svg>
  );
}
