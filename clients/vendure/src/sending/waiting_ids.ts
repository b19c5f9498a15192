/** Ids that wait, each once, oldest first; bounded, and it says when it has let one go. */
export class WaitingIds {
  private ids = new Set<string>();
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
    this.taken = [...firstOf(this.ids, count)];
    for (const id of this.taken) this.ids.delete(id);
    return this.taken;
  }

  finish(): void {
    this.taken = [];
  }

  /** Let them wait before all others, as they did. */
  giveBack(): void {
    const ids = [...this.taken, ...this.ids];
    this.taken = [];
    this.ids = new Set();
    for (const id of ids) this.add(id);
  }

  /** Return whether an id was let go since the last call. */
  takeOverflow(): boolean {
    const overflown = this.hasOverflown;
    this.hasOverflown = false;
    return overflown;
  }
}

function* firstOf(ids: Iterable<string>, count: number): Generator<string> {
  let left = count;
  for (const id of ids) {
    if (left <= 0) return;
    left -= 1;
    yield id;
  }
}
