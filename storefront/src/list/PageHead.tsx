import Link from "next/link";
import type { ReactNode } from "react";

import styles from "./PageHead.module.css";

interface Crumb {
  href: string;
  name: string;
}

export function Crumbs({ path, here }: { path: readonly Crumb[]; here?: string }) {
  return (
    <nav aria-label="Where you are">
      <ol className={styles.crumbs}>
        {path.map(({ href, name }) => (
          <li key={href}><Link href={href} dir="auto">{name}</Link></li>
        ))}
        {here !== undefined && <li aria-current="page" dir="auto">{here}</li>}
      </ol>
    </nav>
  );
}

/** The head of a list: where it is, its name, and what else there is to say. */
export function PageHead({ title, children, path }: { title: string; children?: ReactNode; path: readonly Crumb[] }) {
  return (
    <header className={styles.head}>
      <Crumbs path={path} />
      <h1 className={styles.title} dir="auto">{title || "\u00a0"}</h1>
      {children}
    </header>
  );
}
