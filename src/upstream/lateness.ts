import { watchLoop } from '../telemetry/loop-watch.js';

/** Looks come every 50 ms: after 1.7 s half of it is forgotten. A deadline is set a second or more before it strikes. */
const FADING = 0.98;
/** What an operator may lose of its time because we are slow. */
const MOST_MS = 100;
const MOST_SHARE = 0.1;

/**
 * How late this process' event loop has run of late. A deadline is told of that much later, and the caller has been
 * promised an answer by then: so a process that runs late ends the wait for the operator that much earlier.
 */
export class Lateness {
  private worstMs = 0;
  private timer: NodeJS.Timeout | undefined;

  start(): void {
    this.timer ??= watchLoop((lateMs) => this.note(lateMs));
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** @param lateMs how much later than planned the event loop got to something */
  note(lateMs: number): void {
    this.worstMs = Math.max(Math.min(lateMs, MOST_MS), this.worstMs * FADING);
  }

  /** @returns milliseconds to take off a deadline: at most a tenth of it, and never more than 100 */
  allowanceMs(deadlineMs: number): number {
    return Math.min(this.worstMs, deadlineMs * MOST_SHARE);
  }
}
