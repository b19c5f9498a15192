import { MOST_PIECES } from "../bag/bag.ts";

/** The quantity that somebody has typed, within what a line may have; null where it is no number. */
export function piecesIn(text: string): number | null {
  const digits = text.trim();
  return /^\d{1,3}$/.test(digits) ? Math.min(MOST_PIECES, Math.max(1, Number(digits))) : null;
}
