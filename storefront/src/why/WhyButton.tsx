import { type MouseEvent, useState } from "react";

import { announce } from "../shell/announcer";
import { loadDialog } from "./loadDialog";
import { type Asked, setQuestion } from "./question";
import styles from "./Why.module.css";

const AWAY = "The shop cannot be reached. Try again in a moment.";

export function WhyButton({ title, product, decisionId }: Asked) {
  const [isAway, setAway] = useState(false);

  function ask({ currentTarget: from }: MouseEvent<HTMLButtonElement>) {
    setAway(false);
    loadDialog().then(
      (Dialog) => setQuestion({ Dialog, title, product, decisionId, from }),
      () => {
        setAway(true);
        announce(AWAY);
      },
    );
  }

  return (
    <>
      <button type="button" className={styles.ask} aria-haspopup="dialog" aria-label={`Why am I seeing ${title}?`} onClick={ask}>
        Why?
      </button>
      {isAway && <span>{AWAY}</span>}
    </>
  );
}
