import { Notice } from "../notices/Notice";
import styles from "./Account.module.css";
import { arrivalWords, loginTroubleOf } from "./login";
import type { Login } from "./useLogin";

/** What a log-in has led to. */
export function LoginNotices({ login, name }: { login: Login; name: string | null }) {
  const { error, refused, arrival } = login;
  if (refused !== null) return <Refused login={login} wanted={refused} owner={name} />;
  if (error !== null) {
    const { title, words } = loginTroubleOf(error);
    return <div className={styles.trouble}><Notice title={title} part><p>{words}</p></Notice></div>;
  }
  return arrival && arrival.name === name ? <p className={styles.arrival} data-arrival={arrival.broughtAlong ?? ""}>{arrivalWords(arrival)}</p> : null;
}

function Refused({ login, wanted, owner }: { login: Login; wanted: string; owner: string | null }) {
  return (
    <section className={styles.refused} role="alert" aria-labelledby="refused-title">
      <h2 id="refused-title" className={styles.small}>This visit is {owner ? <bdi>{owner}</bdi> : "somebody else"}&rsquo;s</h2>
      <p>A visit belongs to one person, so that nobody sees what another has looked at. <bdi>{wanted}</bdi> needs a fresh one.</p>
      <p className={styles.acts}>
        <button type="button" className="button" onClick={() => login.logInAfresh(wanted)}>End it, and log in as {wanted}</button>
        <button type="button" className="button-quiet" onClick={login.dismiss}>Stay{owner ? ` as ${owner}` : ""}</button>
      </p>
    </section>
  );
}
