/** What was said of products, kept in this browser so that a page that is returned to shows it. */

import { isPaused } from "../choice/keptChoice.ts";
import { browserStorage } from "../storage/kept.ts";
import { THUMBS_KEY } from "../storage/names.ts";

export type Thumb = 1 | -1;

const MOST = 200;

function all(): readonly (readonly [string, Thumb])[] {
  const kept = browserStorage.read(THUMBS_KEY);
  return Array.isArray(kept) ? kept.filter((said) => Array.isArray(said) && (said[1] === 1 || said[1] === -1)) : [];
}

export function thumbOf(product: string): Thumb | null {
  return all().find(([id]) => id === product)?.[1] ?? null;
}

export function keepThumb(product: string, thumb: Thumb): void {
  if (isPaused()) return;
  browserStorage.write(THUMBS_KEY, [[product, thumb], ...all().filter(([id]) => id !== product)].slice(0, MOST));
}
