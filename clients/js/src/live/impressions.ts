/** Reports products that were on screen: at least half of the card, for at least a second. */

import type { Shown } from "../sending/clicks.js";
import { isVisible, onVisibility } from "../visible.js";

const SHARE = 0.5;
const DWELL_MS = 1_000;
const GATHER_MS = 300;
/** What a very long page forgets may be reported twice. */
const REMEMBERED = 5_000;

export interface Impressions {
  watch(card: Element, shown: Shown): () => void;
}

interface Watched {
  shown: Shown;
  isOnScreen: boolean;
  timer?: ReturnType<typeof setTimeout> | undefined;
}

/** `report` is told of cards that came into sight together, by decision. */
export function openImpressions(report: (decision: string, seen: Shown[]) => void): Impressions {
  const cards = new Map<Element, Watched>();
  const reported = new Set<string>();
  let gathered: Shown[] = [];
  let observer: IntersectionObserver | undefined;

  function follow(watched: Watched): void {
    clearTimeout(watched.timer);
    watched.timer = watched.isOnScreen && isVisible() ? setTimeout(() => seen(watched.shown), DWELL_MS) : undefined;
  }
  function seen(shown: Shown): void {
    const name = [shown.decisionId, shown.slot, shown.productId].join();
    if (reported.has(name)) return;
    if (reported.size >= REMEMBERED) reported.clear();
    reported.add(name);
    if (gathered.push(shown) === 1) setTimeout(sendGathered, GATHER_MS);
  }
  function sendGathered(): void {
    const decisions = new Map<string, Shown[]>();
    for (const shown of gathered) {
      decisions.set(shown.decisionId!, [...(decisions.get(shown.decisionId!) ?? []), shown]);
    }
    gathered = [];
    for (const [decision, of] of decisions) report(decision, of);
  }
  function open(): IntersectionObserver {
    onVisibility((visible) => {
      for (const watched of cards.values()) follow(watched);
      // The page may be left before they are gathered, and the queue is sent after this.
      if (!visible) sendGathered();
    }, true);
    return new IntersectionObserver((entries) => {
      for (const { target, intersectionRatio } of entries) {
        const watched = cards.get(target);
        const isOnScreen = intersectionRatio >= SHARE;
        if (!watched || watched.isOnScreen === isOnScreen) continue;
        watched.isOnScreen = isOnScreen;
        follow(watched);
      }
    }, { threshold: [0, SHARE] });
  }
  function stop(card: Element, watched: Watched | undefined): void {
    if (!watched || cards.get(card) !== watched) return;
    clearTimeout(watched.timer);
    cards.delete(card);
    observer?.unobserve(card);
  }
  return {
    /** A card is watched once; one with a newer decision is reported again. */
    watch(card, shown) {
      stop(card, cards.get(card));
      // Without a place in a decision there is nothing to learn from.
      if (!shown.decisionId || shown.slot === undefined) return () => {};
      observer ??= open();
      const watched: Watched = { shown, isOnScreen: false };
      cards.set(card, watched);
      observer.observe(card);
      return () => stop(card, watched);
    },
  };
}
