/** Reports products that were on screen: at least half of the card, for at least a second. */

import { track } from "./tracker.js";
import { isVisible, onVisibility } from "./visible.js";

const SHARE = 0.5;
const DWELL_MS = 1000;
const GATHER_MS = 300;

const waiting = new Map();
const reported = new Set();
/** Cards on screen of a page that nobody sees: their second begins when somebody does. */
const behind = new Set();
let gathered = [];
let timer = null;

const observer = new IntersectionObserver(onSight, { threshold: [0, SHARE] });

function onSight(entries) {
  for (const { target, intersectionRatio } of entries) {
    if (intersectionRatio < SHARE) {
      stopWaiting(target);
      behind.delete(target);
    } else if (!isVisible()) behind.add(target);
    else if (!waiting.has(target)) wait(target);
  }
}

function wait(card) {
  waiting.set(card, setTimeout(() => report(card), DWELL_MS));
}

function stopWaiting(card) {
  clearTimeout(waiting.get(card));
  waiting.delete(card);
}

onVisibility((visible) => {
  if (!visible) {
    for (const card of [...waiting.keys()]) {
      stopWaiting(card);
      behind.add(card);
    }
    return;
  }
  for (const card of behind) wait(card);
  behind.clear();
});

function report(card) {
  waiting.delete(card);
  const { product, decision, slot } = card.dataset;
  const key = `${decision}/${slot}/${product}`;
  if (slot === undefined || reported.has(key)) return;
  reported.add(key);
  gathered.push({ product, decision, slot: Number(slot) });
  timer ??= setTimeout(sendGathered, GATHER_MS);
}

/** Cards that came into sight together make one event per decision. */
function sendGathered() {
  timer = null;
  const decisions = Map.groupBy
    ? Map.groupBy(gathered, (impression) => impression.decision)
    : grouped(gathered);
  gathered = [];
  for (const [decision, seen] of decisions) {
    track("impression", {
      decision_id: decision,
      product_ids: seen.map((impression) => impression.product),
      slots: seen.map((impression) => impression.slot),
    });
  }
}

function grouped(seen) {
  const groups = new Map();
  for (const impression of seen) {
    const others = groups.get(impression.decision) ?? [];
    groups.set(impression.decision, [...others, impression]);
  }
  return groups;
}

/** Watch a card; a card with a newer decision is reported again. */
export function watch(card) {
  observer.unobserve(card);
  stopWaiting(card);
  behind.delete(card);
  if (card.dataset.slot !== undefined) observer.observe(card);
}
