import type { ReactNode } from "react";

import styles from "./Notice.module.css";

interface Shown {
  title: string;
  children?: ReactNode;
  /** A whole page has nothing else; a part stands among others. */
  part?: boolean;
  /** Of the page's level, where nothing above it is. */
  heading?: "h1" | "h2";
  onRetry?: () => void;
}

/** A calm word about what is not there, and what can be done. */
export function Notice({ title, children, part = false, heading: Title = part ? "h2" : "h1", onRetry }: Shown) {
  return (
    <div className={part ? styles.part : styles.whole} role={part ? "status" : undefined}>
      <Title className={styles.title}>{title}</Title>
      {children && <div className={styles.words}>{children}</div>}
      {onRetry && (
        <button type="button" className="button-quiet" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
