/** Says changes of the page to those who do not see them: any part may, one live region speaks. */

export interface Announcement {
  /** Each has its own. */
  number: number;
  text: string;
}

type Listener = (announcement: Announcement) => void;

const MOST_WAITING = 4;
const listeners = new Set<Listener>();
let count = 0;

export function announce(text: string): void {
  count += 1;
  for (const listener of listeners) listener({ number: count, text });
}

export function onAnnouncement(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** What is still to be spoken: a few, since a crowd of them is noise. */
export const withNewest = (before: readonly Announcement[], newest: Announcement): readonly Announcement[] =>
  [...before, newest].slice(-MOST_WAITING);
