/** Ids that wait, each once, oldest first; bounded, and it says when it has let one go. */
export class WaitingIds {
  private readonly ids = new Set<string>();
  private taken: readonly string[] = [];
  private hasOverflown = false;

  constructor(private readonly limit: number) {}

  /** Those that are being sent wait too. */
  get size(): number {
    return this.ids.size + this.taken.length;
  }

  add(id: string): void {
    if (this.ids.has(id)) return;
    if (this.ids.size >= this.limit) this.hasOverflown = true;
    else this.ids.add(id);
  }

  /** Take the first ids out, to `finish` or to `giveBack`; what is added meanwhile waits once more. */
  take(count: number): readonly string[] {
    this.taken = [...this.ids].slice(0, count);
    for (const id of this.taken) this.ids.delete(id);
    return this.taken;
  }

  finish(): void {
    this.taken = [];
  }

  giveBack(): void {
    const taken = this.taken;
    this.taken = [];
    for (const id of taken) this.add(id);
  }

  /** Return whether an id was let go since the last call. */
  takeOverflow(): boolean {
    const overflown = this.hasOverflown;
    this.hasOverflown = false;
    return overflown;
  }
}
