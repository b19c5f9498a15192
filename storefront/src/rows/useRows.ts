import type { FittingRoom, Profile, Row, RowQuestion, Strategy } from "@fitting-room/client";
import { useFittingRoom } from "@fitting-room/client/react";
import { startTransition, useCallback, useEffect, useRef, useState } from "react";

import type { Entry } from "../cards/entry";
import { forgetOtherwise, loadCards } from "../catalogue/cardStore";
import { standOf, visitorOf } from "../live/stand";
import { useVisit } from "../live/useVisit";
import { onDeparture } from "../privacy/departures";
import { sameQuestions, withoutGaps } from "./gaps";
import { rowTitle } from "./titles";

export interface ShownRow {
  strategy: Strategy;
  title: string;
  entries: readonly Entry[];
  /** Why there are fewer than asked for. */
  short: string | null;
}

export interface Rows {
  /** In the order of the questions; null until the first answer. What was shown stays while others are asked for. */
  rows: readonly ShownRow[] | null;
  error: unknown;
  reload(): void;
}

/** A few pages back: a page that is returned to shows its rows at once, and then asks. */
const MOST_KEPT = 12;
interface KeptRows {
  visitor: string | null;
  questions: readonly RowQuestion[];
  rows: readonly ShownRow[];
}

const kept = new Map<string, KeptRows>();

/** Rows of a visitor, in the place of those before; one that has nothing any more stays as it was, and nothing jumps. */
function keep(name: string, { visitor, questions, rows }: KeptRows): readonly ShownRow[] {
  const before = kept.get(name);
  const shown = before?.visitor === visitor ? withoutGaps(before.rows, rows, sameQuestions(before.questions, questions)) : rows;
  kept.delete(name);
  kept.set(name, { visitor, questions, rows: shown });
  const oldest = kept.keys().next().value;
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  return shown;
}

/** What is kept of somebody else is not shown. */
function keptOf(name: string, visitor: string | null): readonly ShownRow[] | null {
  const found = kept.get(name);
  return found && found.visitor === visitor ? found.rows : null;
}

async function ask(client: FittingRoom, questions: readonly RowQuestion[], visit: Profile, signal: AbortSignal): Promise<readonly ShownRow[]> {
  const rows = await client.recommendations(questions, { signal });
  forgetOtherwise(rows.flatMap(({ items }) => items));
  // A drawing needs the product's colour, which rows do not have.
  const drawn = rows.flatMap(({ items }) => items.filter((item) => item.image_url === null).map((item) => item.product_id));
  const cards = await loadCards(client, drawn, { signal }).catch(() => new Map());
  return rows.map((row) => shownRow(row, visit, cards));
}

function shownRow(row: Row, visit: Profile, cards: ReadonlyMap<string, Entry["product"]>): ShownRow {
  const entries = row.items.map((item) => ({
    product: { ...cards.get(item.product_id), ...item },
    decisionId: row.decision_id,
    slot: item.slot,
    reason: item.reason,
    explored: item.explored,
  }));
  return { strategy: row.strategy, title: rowTitle(row, visit), entries, short: row.short ?? null };
}

/**
 * The rows of a page, in one call. Where they are `live` they are asked for again when the visit has
 * gone on, else only when it is another's. `name` is the page's; `questions` are read at the moment
 * of asking and may change with every render.
 */
export function useRows(name: string, questions: readonly RowQuestion[], live = true): Rows {
  const client = useFittingRoom();
  const { profile } = useVisit();
  const [answer, setAnswer] = useState<{ name: string; rows: readonly ShownRow[] } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  const latest = useRef({ questions, profile });
  latest.current = { questions, profile };
  const stand = live ? standOf(profile) : visitorOf(profile);

  useEffect(() => {
    const { questions: asked, profile: visit } = latest.current;
    if (stand === null || visit === null) return setAnswer(null);
    const stop = new AbortController();
    ask(client, asked, visit, stop.signal).then(
      (rows) => {
        if (stop.signal.aborted) return;
        const shown = keep(name, { visitor: visitorOf(visit), questions: asked, rows });
        // Many cards at once: drawn in slices, between which the page answers.
        startTransition(() => {
          setAnswer({ name, rows: shown });
          setError(null);
        });
      },
      (problem: unknown) => !stop.signal.aborted && setError(problem),
    );
    return () => stop.abort();
  }, [client, name, stand, tries]);

  // What was chosen for somebody who has left is not for whoever comes.
  useEffect(() => onDeparture(() => setAnswer(null)), []);
  const reload = useCallback(() => setTries((count) => count + 1), []);
  const rows = answer?.name === name ? answer.rows : keptOf(name, visitorOf(profile));
  return { rows, error, reload };
}
