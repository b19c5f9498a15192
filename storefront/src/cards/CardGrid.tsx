import { useEffect, useRef, useState } from "react";

import { useNear } from "../live/useNear";
import { announce } from "../shell/announcer";
import { Card, CardSkeleton } from "./Card";
import styles from "./CardGrid.module.css";
import { type Entry, idsOf } from "./entry";
import { changeWords, type Move, movesBetween } from "./moves";
import { useFlip } from "./useFlip";
import { useStill } from "./useStill";

/** So long a card says that it has moved. */
const NEWS_MS = 8_000;

interface Shown {
  /** Null while they are asked for: then room for `count` cards is kept. */
  entries: readonly Entry[] | null;
  count: number;
  /** In one row that scrolls sideways, or in as many as it takes. */
  layout: "row" | "grid";
  /** What is said to change, to those who hear the page; empty says nothing, so that one row speaks. */
  name?: string;
  heading?: "h2" | "h3";
}

export function CardGrid({ entries: newest, count, layout, name = "", heading = "h3" }: Shown) {
  const grid = useRef<HTMLUListElement>(null);
  // A row that is far below costs a phone as much as one in sight: its cards come when it is near.
  const isNear = useNear(grid, layout === "grid");
  const entries = useStill(grid, isNear ? newest : null);
  const room = newest?.length ?? count;
  const moves = useMoves(entries, name);
  useFlip(grid, entries === null ? "" : idsOf(entries).join("\n"));
  return (
    <ul ref={grid} className={styles[layout]} aria-busy={newest === null || (isNear && entries === null)}>
      {entries === null
        ? Array.from({ length: room }, (_, place) => <li key={`blank-${place}`}><CardSkeleton /></li>)
        : entries.map((entry) => (
            <li key={entry.product.product_id} data-id={entry.product.product_id}>
              <Card entry={entry} move={moves.get(entry.product.product_id)} heading={heading} />
            </li>
          ))}
    </ul>
  );
}

/** What has moved of late, said once to those who hear the page. */
function useMoves(entries: readonly Entry[] | null, name: string): ReadonlyMap<string, Move> {
  const before = useRef<readonly string[]>([]);
  const [moves, setMoves] = useState<ReadonlyMap<string, Move>>(new Map());
  useEffect(() => {
    if (entries === null) return;
    const after = idsOf(entries);
    const found = movesBetween(before.current, after);
    before.current = after;
    if (found.size === 0) return;
    setMoves(found);
    const gained = entries.find(({ product }) => (found.get(product.product_id) ?? "down") !== "down");
    const move = gained && found.get(gained.product.product_id);
    if (name) announce(changeWords(name, gained && move ? { title: gained.product.title, reason: gained.reason, move } : null));
  }, [entries, name]);
  useEffect(() => {
    if (moves.size === 0) return undefined;
    const timer = setTimeout(() => setMoves(new Map()), NEWS_MS);
    return () => clearTimeout(timer);
  }, [moves]);
  return moves;
}
