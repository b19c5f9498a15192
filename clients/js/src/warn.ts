const said = new Set<string>();

/** Say it once per kind: a shop's console is for the shop. */
export function warnOnce(kind: string, detail: unknown): void {
  if (said.has(kind)) return;
  said.add(kind);
  console.warn(`fitting-room: ${kind}`, detail);
}
