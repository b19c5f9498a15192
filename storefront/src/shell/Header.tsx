import Link from "next/link";
import { useRouter } from "next/router";
import { useRef } from "react";

import { useBag } from "../bag/useBag";
import { categoryPath } from "../catalogue/addresses";
import { useSubjectId } from "../list/useSubjectId";
import { useCategories } from "../catalogue/useCategories";
import styles from "./Header.module.css";
import { BagIcon, MenuIcon, PersonIcon, SearchIcon } from "./icons";
import { Menu } from "./Menu";
import { StreamStatus } from "./StreamStatus";

const CATEGORIES_SHOWN = 6;

export function Header() {
  const { list } = useCategories();
  const isCategory = useRouter().pathname === "/category/[id]";
  const menu = useRef<HTMLDialogElement>(null);
  const { count } = useBag();
  const here = useSubjectId();
  const categories = list?.categories ?? [];
  return (
    <header className={styles.bar}>
      <button type="button" className={styles.menu} aria-haspopup="dialog" aria-label="Menu" onClick={() => menu.current?.showModal()}>
        <MenuIcon />
      </button>
      <div className={styles.name}>
        <Link href="/" className={styles.wordmark} aria-label="Fitting Room, home">
          Fitting Room
        </Link>
        <StreamStatus />
      </div>
      <nav className={styles.categories} aria-label="Categories">
        <ul>
          {categories.slice(0, CATEGORIES_SHOWN).map(({ category_id: id, name }) => (
            <li key={id}>
              <Link href={categoryPath(id)} aria-current={isCategory && here === id ? "page" : undefined} dir="auto">
                {name}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <nav className={styles.tools} aria-label="Shop">
        <Tool href="/search" name="Search" icon={<SearchIcon />} />
        <Tool href="/account" name="Account" icon={<PersonIcon />} />
        <Link href="/cart" className={styles.tool} aria-label={`Bag ${count} ${count === 1 ? "item" : "items"}`}>
          <span className={styles.icon}><BagIcon /></span>
          <span className={styles.word}>Bag</span>{" "}
          <span className={styles.count} data-empty={count === 0}>{count}</span>
        </Link>
      </nav>
      <Menu ref={menu} categories={categories} />
    </header>
  );
}

function Tool({ href, name, icon }: { href: string; name: string; icon: React.ReactNode }) {
  return (
    <Link href={href} className={styles.tool} aria-label={name}>
      <span className={styles.icon}>{icon}</span>
      <span className={styles.word}>{name}</span>
    </Link>
  );
}
