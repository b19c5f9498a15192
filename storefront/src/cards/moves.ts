/** What changed between two orders of cards, and where cards stood before. */

export type Move = "up" | "down" | "arrived";

/** How each product came to its new place; what stayed is not named. The first order moves nothing. */
export function movesBetween(before: readonly string[], after: readonly string[]): ReadonlyMap<string, Move> {
  const moves = new Map<string, Move>();
  if (before.length === 0) return moves;
  const places = new Map(before.map((id, place) => [id, place]));
  for (const [place, id] of after.entries()) {
    const old = places.get(id);
    if (old === undefined) moves.set(id, "arrived");
    else if (old !== place) moves.set(id, old > place ? "up" : "down");
  }
  return moves;
}

/** What a live region says of a new order: the first product that gained, and why. */
export function changeWords(title: string, named: { title: string; reason?: string | undefined; move: Move } | null): string {
  if (!named) return `${title}: the order has changed.`;
  const act = named.move === "arrived" ? "is new here" : "has moved up";
  return `${title}: ${named.title} ${act}${named.reason ? `. ${named.reason}` : ""}.`;
}
