import { TroubleNotice } from "../notices/TroubleNotice";
import styles from "./Account.module.css";
import type { Shoppers } from "./useShoppers";

interface Shown {
  shoppers: Shoppers;
  current: string | null;
  busy: string;
  onChoose(name: string): void;
}

/** The stand-in for a log-in form: one button for each sample shopper. */
export function ChooseShopper({ shoppers: { names, error, reload }, current, busy, onChoose }: Shown) {
  if (error !== null) return <div className={styles.trouble}><TroubleNotice error={error} part onRetry={reload} /></div>;
  if (names === null) return <div className={styles.blank} role="status"><span className="unseen">Looking who can log in</span></div>;
  if (names.length === 0) return <OwnServer />;
  const others = names.filter((name) => name !== current);
  if (others.length === 0) return null;
  return (
    <fieldset className={styles.choose} disabled={busy !== ""}>
      <legend>{current === null ? "Log in as" : "Shop as somebody else"}</legend>
      <ul className={styles.names}>
        {others.map((name) => (
          <li key={name}>
            <button type="button" className={styles.name} aria-busy={busy === name} onClick={() => onChoose(name)}>
              <span className={styles.initial} aria-hidden="true">{[...name][0]}</span>
              <span className="unseen">Log in as </span>
              <bdi>{name}</bdi>
            </button>
          </li>
        ))}
      </ul>
      <p className="soft">Sample shoppers, without a password: this shop is a demonstration.</p>
    </fieldset>
  );
}

function OwnServer() {
  return (
    <section className={styles.choose} aria-labelledby="own-server">
      <h2 id="own-server" className={styles.small}>Where is the log-in?</h2>
      <p className="soft">
        The shop&rsquo;s own server logs people in. It knows their passwords, and vouches for them here with a token;
        this page alone can make nobody somebody. There are no sample shoppers in this shop.
      </p>
    </section>
  );
}
