/** Adds up the stretches of time in which something is on. */
export class Stopwatch {
  #now;
  #since = null;
  #sum = 0;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  run(on) {
    if (on && this.#since === null) this.#since = this.#now();
    if (!on && this.#since !== null) {
      this.#sum += this.#now() - this.#since;
      this.#since = null;
    }
  }

  /** What was added up so far, in milliseconds, which then begins again; 0 below `least`. */
  take(least) {
    const running = this.#since !== null;
    this.run(false);
    this.run(running);
    if (this.#sum < least) return 0;
    const taken = this.#sum;
    this.#sum = 0;
    return taken;
  }
}
