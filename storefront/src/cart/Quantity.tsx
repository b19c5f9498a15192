import { useEffect, useState } from "react";

import { MOST_PIECES } from "../bag/bag";
import styles from "./Quantity.module.css";
import { piecesIn } from "./pieces";

interface Shown {
  title: string;
  quantity: number;
  onChange(pieces: number): void;
}

/** From 1 to 99: by buttons, or typed. */
export function Quantity({ title, quantity, onChange }: Shown) {
  const [text, setText] = useState(String(quantity));
  useEffect(() => setText(String(quantity)), [quantity]);

  function settle() {
    const pieces = piecesIn(text);
    setText(String(pieces ?? quantity));
    if (pieces !== null && pieces !== quantity) onChange(pieces);
  }

  return (
    <div className={styles.quantity} role="group" aria-label={`Quantity of ${title}`}>
      <button type="button" aria-label={`One ${title} fewer`} disabled={quantity <= 1} onClick={() => onChange(quantity - 1)}>−</button>
      <input
        type="text"
        inputMode="numeric"
        autoComplete="off"
        maxLength={3}
        aria-label={`Quantity of ${title}`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={settle}
        onKeyDown={(event) => event.key === "Enter" && settle()}
      />
      <button type="button" aria-label={`One ${title} more`} disabled={quantity >= MOST_PIECES} onClick={() => onChange(quantity + 1)}>+</button>
    </div>
  );
}
