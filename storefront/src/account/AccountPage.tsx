import type { RowQuestion } from "@fitting-room/client";
import Link from "next/link";
import { useMemo } from "react";

import { useVisit } from "../live/useVisit";
import { TroubleNotice } from "../notices/TroubleNotice";
import { RowSections } from "../rows/RowSections";
import { type Rows as Answer, useRows } from "../rows/useRows";
import styles from "./Account.module.css";
import { ChooseShopper } from "./ChooseShopper";
import { LoginNotices } from "./LoginNotices";
import { Member } from "./Member";
import { useLogin } from "./useLogin";
import { useShoppers } from "./useShoppers";
import { useUser } from "./useUser";

const ROW = 6;
const ROWS: readonly RowQuestion[] = [
  { strategy: "recently_viewed", count: ROW },
  { strategy: "buy_again", count: ROW },
  { strategy: "personal", count: ROW },
];

/** Who is shopping, and what the shop remembers of them. */
export function AccountPage() {
  const { profile, error: away } = useVisit();
  const { name, look } = useUser();
  const shoppers = useShoppers();
  const login = useLogin(look);
  const isWaiting = name === undefined || (shoppers.names === null && shoppers.error === null);
  const answer = useRows("account", useMemo(() => ROWS, []));

  return (
    <div className={styles.whole}>
      <div className={`page ${styles.top}`}>
        <h1 className={styles.title}>Account</h1>
        <div className={styles.who}>
          {name && <Member name={name} visit={profile} isBusy={login.busy !== ""} onLogOut={login.logOut} />}
          {name === null && <Nobody />}
        </div>
        <LoginNotices login={login} name={name ?? null} />
        <ChooseShopper shoppers={shoppers} current={name ?? null} busy={login.busy} onChoose={login.logIn} />
      </div>
      {/* Below what is still to come, rows would be pushed down. */}
      {!isWaiting && <Rows answer={answer} isSaid={shoppers.error !== null} isAway={profile === null && away !== null} />}
    </div>
  );
}

/** Trouble is said once: not where the shoppers are missing as well. */
function Rows({ answer: { rows, error, reload }, isSaid, isAway }: { answer: Answer; isSaid: boolean; isAway: boolean }) {
  if (rows === null && (isSaid || isAway)) return null;
  if (rows === null && error !== null) return <TroubleNotice error={error} part onRetry={reload} />;
  return <RowSections rows={rows} room={["Items you may love"]} />;
}

function Nobody() {
  return (
    <section className={styles.member} aria-label="Not logged in">
      <p className={styles.hello}>Nobody is logged in.</p>
      <p className="soft">
        Your visit is yours for 48 hours, in this browser. Whoever logs in brings along what they looked at elsewhere.
        {" "}<Link href="/privacy" className="link">What is used, and how to stop it</Link>
      </p>
    </section>
  );
}
