/** Reports products that were on screen: at least half of the card, for at least a second. */

import { track } from "./tracker.js";

const SHARE = 0.5;
const DWELL_MS = 1000;
const GATHER_MS = 300;

const waiting = new Map();
const reported = new Set();
let gathered = [];
let timer = null;

const observer = new IntersectionObserver(onSight, { threshold: [0, SHARE] });

function onSight(entries) {
  for (const { target, intersectionRatio } of entries) {
    const seen = intersectionRatio >= SHARE;
    if (seen && !waiting.has(target)) {
      waiting.set(target, setTimeout(() => report(target), DWELL_MS));
    } else if (!seen) {
      clearTimeout(waiting.get(target));
      waiting.delete(target);
    }
  }
}

function report(card) {
  waiting.delete(card);
  const { product, decision, slot } = card.dataset;
  const key = `${decision}/${slot}/${product}`;
  if (slot === undefined || document.hidden || reported.has(key)) return;
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
  clearTimeout(waiting.get(card));
  waiting.delete(card);
  if (card.dataset.slot !== undefined) observer.observe(card);
}
