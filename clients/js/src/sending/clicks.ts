/** Remembers which decision and slot a click came from, for the page that it leads to. */

import type { Shelf } from "../storage.js";

const KEPT = 20;

export interface Shown { productId: string; decisionId?: string; slot?: number }

/** Event fields that join an act to its decision. */
export interface Place { decision_id?: string; slot?: number | undefined }

interface Click { product: string; session: string; from: Place }

export interface Clicks {
  remember(session: string, product: string, from: Place): void;
  place(session: string, product: unknown): Place | undefined;
}

export function openClicks(shelf: Shelf, root: string): Clicks {
  const name = `${root}clicked`;
  const kept = () => shelf.list<Click>(name);
  return {
    remember(session, product, from) {
      // A click on a card without a decision is the newest word on its product, too.
      shelf.write(name, [{ product, session, from }, ...kept().filter((click) => click.product !== product)].slice(0, KEPT));
    },
    place: (session, product) => kept().find((click) => click.product === product && click.session === session)?.from,
  };
}
