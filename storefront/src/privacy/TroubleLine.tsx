import { troubleOf } from "../notices/trouble";
import styles from "./Privacy.module.css";

/** An error beside the control that met it. */
export function TroubleLine({ error, before }: { error: unknown; before: string }) {
  const { title, words } = troubleOf(error);
  const seconds = (error as { retryAfter?: number | null } | null)?.retryAfter;
  return (
    <p className={styles.fault} role="alert">
      {before} {title}: {words}
      {seconds ? ` The shop asks to wait ${seconds === 1 ? "a second" : `${Math.ceil(seconds)} seconds`}.` : ""}
    </p>
  );
}
