/** One client, and one call, for all rows of a page. */

import { openClient } from "../client.js";
import { openLive } from "../live.js";
import type { FittingRoom, Options } from "../options.js";
import type { Row, RowQuestion } from "../shapes/rows.js";

const MOST = 12;
const GATHER_MS = 20;

interface Shared {
  client: FittingRoom;
  waiting: { question: RowQuestion; isWanted: () => boolean; take: (row: Promise<Row>) => void }[];
}

const clients = new Map<string, Shared>();

/** Where this script comes from, if an API serves it. */
function ownApi(): string {
  const { origin, pathname } = new URL(import.meta.url);
  return pathname === "/client/element.js" ? origin : "";
}

function share(options: Options): Shared {
  const apiUrl = options.apiUrl ?? ownApi();
  const name = `${apiUrl} ${options.key ?? ""}`;
  const known = clients.get(name);
  if (known) return known;
  const client = openClient(async () => ({ openLive }), { ...options, apiUrl });
  const shared = { client, waiting: [] };
  clients.set(name, shared);
  return shared;
}

/** The page's client, the same for all rows of this API and key. */
export function fittingRoom(options: Options = {}): FittingRoom {
  return share(options).client;
}

/**
 * Ask with the other rows that come into sight now: so no product is in two of them. One that is
 * wanted no more by then is left out, since it would take products from the others.
 */
export function askRow(options: Options, question: RowQuestion, isWanted: () => boolean): Promise<Row> {
  const { client, waiting } = share(options);
  return new Promise((resolve) => {
    if (waiting.push({ question, isWanted, take: resolve }) > 1) return;
    setTimeout(() => {
      const wanted = waiting.splice(0).filter((row) => row.isWanted());
      while (wanted.length > 0) {
        const asked = wanted.splice(0, MOST);
        const answer = client.recommendations(asked.map((row) => row.question));
        asked.forEach(({ take }, place) => take(answer.then((rows) => rows[place]!)));
      }
    }, GATHER_MS);
  });
}
