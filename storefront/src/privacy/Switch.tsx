import { type ReactNode, useId } from "react";

import styles from "./Switch.module.css";

interface Shown {
  name: string;
  isOn: boolean;
  disabled: boolean;
  onSwitch(isOn: boolean): void;
  children: ReactNode;
  /** For tests and for those who style. */
  purpose?: string;
}

/** A switch with its name and what it does. */
export function Switch({ name, isOn, disabled, onSwitch, children, purpose }: Shown) {
  const id = useId();
  return (
    <div className={styles.line} data-purpose={purpose}>
      <div className={styles.words}>
        <p id={`${id}-name`} className={styles.name}>{name}</p>
        <div id={`${id}-words`} className={styles.what}>{children}</div>
      </div>
      <button
        type="button"
        role="switch"
        aria-checked={isOn}
        aria-labelledby={`${id}-name`}
        aria-describedby={`${id}-words`}
        // It keeps the focus while a choice is under way.
        aria-disabled={disabled}
        className={styles.switch}
        onClick={() => !disabled && onSwitch(!isOn)}
      >
        <span className={styles.knob} />
      </button>
    </div>
  );
}
