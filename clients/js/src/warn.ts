const said = new Set<string>();

/** Say it once per kind: a shop's console is for the shop. */
export function warnOnce(kind: string, detail: unknown): void {
  if (said.has(kind)) return;
  said.add(kind);
  console.warn(`fitting-room: ${kind}`, detail);
}

/** What a page makes of it is its own affair: where it throws, others are told all the same. */
export function tellListener<Told extends unknown[]>(listener: (...told: Told) => void, ...told: Told): void {
  try {
    listener(...told);
  } catch (error) {
    warnOnce("listener", error);
  }
}
