import { useId } from "react";

import styles from "./Checkout.module.css";
import { type Field, type FieldName, LONGEST } from "./fields";

interface Shown {
  field: Field;
  value: string;
  fault: string | undefined;
  onWrite(name: FieldName, text: string): void;
}

/** A labelled input with the room for what may be wrong with it. */
export function FormField({ field: { name, label, autoComplete, type }, value, fault, onWrite }: Shown) {
  const id = useId();
  return (
    <div className={styles.field} data-field={name}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type={type}
        autoComplete={autoComplete}
        maxLength={LONGEST}
        required
        value={value}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-fault`}
        onChange={(event) => onWrite(name, event.target.value)}
      />
      <p id={`${id}-fault`} className={styles.fault}>{fault}</p>
    </div>
  );
}
