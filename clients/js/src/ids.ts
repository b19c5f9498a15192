/** A UUID, also where plain http on another host than localhost leaves a page without `randomUUID`. */
export function newId(): string {
  // A digit counts as a number by itself.
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit: any) => (
    (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (digit / 4)))).toString(16)
  ));
}

/** Whoever shows it gets the session again if the first answer was lost. */
export function newSecret(): string {
  return newId() + newId();
}
