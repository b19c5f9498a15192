import { Logger } from "@vendure/core";

import { AwayError } from "../api/failures";
import type { Settings } from "../options";
import { waitSeconds } from "./patience";

export const LOGGED_AS = "FittingRoom";

/** A piece of work; returns whether there is more. */
export type Step = () => Promise<boolean>;

/** Does steps one after another, in the background, for as long as there is something to do. */
export class Sender {
  private timer: NodeJS.Timeout | null = null;
  private isRunning = false;
  private isStopped = false;
  private wasWoken = false;
  private failures = 0;
  /** What the last try failed with; null after one that went well. */
  lastFailure: string | null = null;

  constructor(
    private readonly name: string,
    private readonly settings: Pick<Settings, "delaySeconds" | "retrySeconds">,
    private readonly step: Step,
  ) {}

  get isIdle(): boolean {
    return !this.isRunning && this.timer === null;
  }

  /** Begin soon; while a try is awaited, this changes nothing. */
  wake(): void {
    this.wasWoken = true;
    if (!this.isRunning) this.plan(this.settings.delaySeconds);
  }

  stop(): void {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private plan(seconds: number): void {
    if (this.isStopped || this.timer) return;
    this.timer = setTimeout(() => void this.run(), seconds * 1_000);
    // The shop may end while something waits: its next start finds it.
    this.timer.unref();
  }

  private async run(): Promise<void> {
    this.timer = null;
    this.isRunning = true;
    this.wasWoken = false;
    let next: number | null = null;
    try {
      while (!this.isStopped && (await this.step())) this.succeed();
      this.succeed();
      // What came during the last step.
      next = this.wasWoken ? this.settings.delaySeconds : null;
    } catch (error) {
      next = this.fail(error);
    } finally {
      this.isRunning = false;
    }
    if (next !== null) this.plan(next);
  }

  private succeed(): void {
    if (this.failures > 0) Logger.info(`${this.name}: Fitting Room answers again.`, LOGGED_AS);
    this.failures = 0;
    this.lastFailure = null;
  }

  private fail(error: unknown): number {
    this.failures += 1;
    this.lastFailure = error instanceof Error ? error.message : String(error);
    const after = error instanceof AwayError ? error.retryAfterSeconds : null;
    const seconds = waitSeconds(this.failures, this.settings.retrySeconds, after);
    // Once an outage, not once a try.
    const log = this.failures === 1 ? Logger.error : Logger.verbose;
    log.call(Logger, `${this.name}: ${this.lastFailure} Trying again until it works.`, LOGGED_AS);
    return seconds;
  }
}
