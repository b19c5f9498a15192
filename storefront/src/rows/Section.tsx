import { type ReactNode, useId } from "react";

import styles from "./Section.module.css";

interface Shown {
  title: string;
  note?: string;
  /** For tests and for those who style: what kind of row it is. */
  name: string;
  children: ReactNode;
  action?: ReactNode;
}

/** A titled part of a page. */
export function Section({ title, note = "", name, children, action }: Shown) {
  const id = useId();
  return (
    <section className={styles.part} aria-labelledby={id} data-row={name}>
      <header className={styles.head}>
        <h2 id={id} className={styles.title} dir="auto">{title}</h2>
        {note && <p className={styles.note}>{note}</p>}
        {action}
      </header>
      {children}
    </section>
  );
}
