import { useEffect, useState } from "react";

import { isPaused } from "../choice/keptChoice";
import { useAct } from "../live/useAct";
import { onDeparture } from "../privacy/departures";
import { announce } from "../shell/announcer";
import { ThumbDownIcon, ThumbUpIcon } from "../shell/icons";
import styles from "./Thumbs.module.css";
import { keepThumb, type Thumb, thumbOf } from "./thumbs";

const SAID: Readonly<Record<Thumb, string>> = {
  1: "You like it. Suggestions follow.",
  [-1]: "Not for you. Suggestions will hold back.",
};

const ASKS = "Tell us, and what is shown follows.";
const PAUSED = "You have paused everything, so nothing follows from it.";

export function Thumbs({ product }: { product: string }) {
  const act = useAct();
  const [thumb, setThumb] = useState<Thumb | null>(null);
  const [asks, setAsks] = useState(ASKS);
  useEffect(() => {
    setThumb(thumbOf(product));
    return onDeparture(() => setThumb(null));
  }, [product]);

  function say(next: Thumb) {
    // It has been said.
    if (next === thumb) return;
    if (isPaused()) {
      setThumb(null);
      setAsks(PAUSED);
      announce(PAUSED);
      return;
    }
    setThumb(next);
    keepThumb(product, next);
    act("feedback", { product_id: product, thumb: next });
    announce(SAID[next]);
  }

  return (
    <div className={styles.thumbs} role="group" aria-label="What do you think of it?">
      <button type="button" aria-pressed={thumb === 1} aria-label="I like it" onClick={() => say(1)}>
        <ThumbUpIcon filled={thumb === 1} />
      </button>
      <button type="button" aria-pressed={thumb === -1} aria-label="Not for me" onClick={() => say(-1)}>
        <ThumbDownIcon filled={thumb === -1} />
      </button>
      <p className={styles.said}>{thumb === null ? asks : SAID[thumb]}</p>
    </div>
  );
}
