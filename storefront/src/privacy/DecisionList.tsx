import Link from "next/link";

import { productPath } from "../catalogue/addresses";
import { useVisit } from "../live/useVisit";
import { TroubleNotice } from "../notices/TroubleNotice";
import { WhyButton } from "../why/WhyButton";
import { decisionName, momentWords, type PastDecision, shareWords } from "./decisions";
import styles from "./Privacy.module.css";
import { useDecisions } from "./useDecisions";

const NAMED = 3;

/** What was decided for this visit, newest first. */
export function DecisionList() {
  const { decisions, titles, error, reload } = useDecisions(true);
  const { profile } = useVisit();
  if (decisions === null && error !== null) return <div className={styles.trouble}><TroubleNotice error={error} part onRetry={reload} /></div>;
  if (decisions === null) return <div className={styles.blank} role="status"><span className="unseen">Reading what is kept</span></div>;
  return (
    <>
      <dl className={styles.facts}>
        <div><dt>Visit</dt><dd className={styles.code}>{profile?.session_id ?? "not begun"}</dd></div>
        <div><dt>Products that it remembers</dt><dd>{profile?.recent_products.length ?? 0}</dd></div>
        <div><dt>Region</dt><dd>{profile?.region?.toUpperCase() ?? "not known"}</dd></div>
        <div><dt>Ends by itself</dt><dd>{profile ? momentWords(profile.expiry) : "after 48 hours"}</dd></div>
      </dl>
      {decisions.length === 0 ? <p className="soft">Nothing has been decided for this visit yet.</p> : <Table decisions={decisions} titles={titles} />}
      {decisions.length > 0 && <p className="soft">These are the newest. The archive has the others, and all that you did.</p>}
    </>
  );
}

function Table({ decisions, titles }: { decisions: readonly PastDecision[]; titles: ReadonlyMap<string, string> }) {
  return (
    <div className={styles.scroll} role="region" aria-label="Decisions of this visit" tabIndex={0}>
      <table className={styles.table}>
        <caption className="unseen">What was decided for this visit, newest first</caption>
        <thead>
          <tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Chosen by</th><th scope="col">Shown</th></tr>
        </thead>
        <tbody>
          {decisions.map((decision) => (
            <tr key={decision.decision_id} data-decision={decision.decision_id}>
              <td>{momentWords(decision.decided_at)}</td>
              <td>{decisionName(decision)}</td>
              <td>{shareWords(decision)}</td>
              <td><Shown decision={decision} titles={titles} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Shown({ decision: { decision_id: id, product_ids: products }, titles }: { decision: PastDecision; titles: ReadonlyMap<string, string> }) {
  const more = products.length - NAMED;
  return (
    <ul className={styles.shown}>
      {products.slice(0, NAMED).map((product) => {
        const title = titles.get(product) ?? product;
        return (
          <li key={product}>
            <Link href={productPath(product)} dir="auto">{title}</Link>{" "}
            <WhyButton title={title} product={product} decisionId={id} />
          </li>
        );
      })}
      {more > 0 && <li className="soft">and {more} more</li>}
    </ul>
  );
}
