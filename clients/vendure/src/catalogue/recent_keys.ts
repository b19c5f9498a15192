/** Keys that were added within the last seconds; above its limit it forgets them all. */
export class RecentKeys {
  /** Milliseconds of a clock that nobody sets. */
  private readonly ends = new Map<string, number>();

  constructor(
    private readonly limit: number,
    private readonly seconds: number,
  ) {}

  has(key: string): boolean {
    const end = this.ends.get(key);
    return end !== undefined && performance.now() < end;
  }

  add(key: string): void {
    if (this.ends.size >= this.limit) this.ends.clear();
    this.ends.set(key, performance.now() + this.seconds * 1_000);
  }

  delete(key: string): void {
    this.ends.delete(key);
  }

  clear(): void {
    this.ends.clear();
  }
}
