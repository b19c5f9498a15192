import Link from "next/link";
import { useEffect, useState } from "react";

import styles from "./Footer.module.css";
import { ThemeToggle } from "./ThemeToggle";

const PAGES = [
  ["/search", "Search"],
  ["/cart", "Bag"],
  ["/account", "Account"],
  ["/privacy", "Privacy: what is used of your visit"],
] as const;

const OPERATIONS = [
  ["/docs", "API"],
  ["/health/ready", "Health"],
  ["/metrics", "Metrics"],
] as const;

/** Whether operators look at their pages on this port; the API says so when it sends the page. */
function useOperations(): boolean {
  const [shows, setShows] = useState(false);
  useEffect(() => setShows(document.querySelector<HTMLMetaElement>("meta[name=fitting-room-operations]")?.content === "shown"), []);
  return shows;
}

export function Footer() {
  const showsOperations = useOperations();
  return (
    <footer className={styles.foot}>
      <p className={styles.words}>
        Every suggestion here can be explained. Ask any of them <em>why</em>.
      </p>
      <nav aria-label="More pages">
        <ul className={styles.pages}>
          {PAGES.map(([href, name]) => (
            <li key={href}>
              <Link href={href}>{name}</Link>
            </li>
          ))}
          {showsOperations && OPERATIONS.map(([href, name]) => (
            <li key={href}>
              <a href={href}>{name}</a>
            </li>
          ))}
          <li>
            <ThemeToggle className={styles.theme ?? ""} />
          </li>
        </ul>
      </nav>
    </footer>
  );
}
