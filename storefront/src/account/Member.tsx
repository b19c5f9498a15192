import type { Profile } from "@fitting-room/client";
import Link from "next/link";

import styles from "./Account.module.css";

interface Shown {
  name: string;
  visit: Profile | null;
  isBusy: boolean;
  onLogOut: () => void;
}

export function Member({ name, visit, isBusy, onLogOut }: Shown) {
  const seen = visit?.recent_products.length ?? 0;
  return (
    <section className={styles.member} aria-label="Logged in" data-user={name}>
      <p className={styles.hello}>Hello, <bdi>{name}</bdi>.</p>
      <p className="soft">
        {visit === null ? "\u00a0" : seen === 0 ? "Your visit knows nothing of you yet." : `Your visit remembers ${seen === 1 ? "one product" : `${seen} products`}.`}
        <br />
        <Link href="/privacy" className="link">What is used, and how to stop it</Link>
      </p>
      <button type="button" className="button-quiet" disabled={isBusy} onClick={onLogOut}>Log out</button>
    </section>
  );
}
