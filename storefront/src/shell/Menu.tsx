import Link from "next/link";
import type { RefObject } from "react";

import { categoryPath } from "../catalogue/addresses";
import type { CategoryCard } from "../catalogue/types";
import { CloseIcon } from "./icons";
import styles from "./Menu.module.css";
import { ThemeToggle } from "./ThemeToggle";

const PAGES = [
  ["/search", "Search"],
  ["/cart", "Bag"],
  ["/account", "Account"],
  ["/privacy", "Privacy"],
] as const;

/** All categories and pages, for small screens. */
export function Menu({ ref, categories }: { ref: RefObject<HTMLDialogElement | null>; categories: readonly CategoryCard[] }) {
  const close = () => ref.current?.close();
  return (
    <dialog ref={ref} className={styles.menu} aria-label="Menu" onClick={(event) => event.target === ref.current && close()}>
      <div className={styles.inside}>
        <button type="button" className={styles.close} aria-label="Close the menu" onClick={close}>
          <CloseIcon />
        </button>
        <nav aria-label="All categories">
          <ul className={styles.large}>
            {categories.map(({ category_id: id, name }) => (
              <li key={id}>
                <Link href={categoryPath(id)} onClick={close} dir="auto">{name}</Link>
              </li>
            ))}
          </ul>
        </nav>
        <nav aria-label="Pages">
          <ul className={styles.small}>
            {PAGES.map(([href, name]) => (
              <li key={href}>
                <Link href={href} onClick={close}>{name}</Link>
              </li>
            ))}
            <li><ThemeToggle className="link" /></li>
          </ul>
        </nav>
      </div>
    </dialog>
  );
}
