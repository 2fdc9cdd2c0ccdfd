import { Period } from './calendar.js';
import { Caller } from './caller.js';

/** One call that was let in. It holds its place among the calls at once until it is disposed of. */
export class Lease implements Disposable {
  /**
   * Pending while the counters of all replicas are asked; undefined when they are not.
   * Rejects with Problem rateLimited | quotaExceeded.
   */
  shared: Promise<void> | undefined;
  private state: 'taken' | 'dispatched' | 'void' | 'over' = 'taken';

  /** @param unused called when the call ends without having been dispatched */
  constructor(
    private readonly caller: Caller,
    private readonly period: Period,
    private readonly unused: (() => void) | undefined,
  ) {}

  /** The call is on its way to an operator: it counts against the quotas. */
  dispatched(): void {
    if (this.state === 'taken') this.state = 'dispatched';
  }

  /** The call was refused after all, and costs nothing. */
  void(): void {
    if (this.state !== 'taken') return;
    this.state = 'void';
    this.caller.giveBack(this.period);
  }

  /** Frees the place, once. What was never dispatched gives its quota back; its rate is spent. */
  [Symbol.dispose](): void {
    if (this.state === 'over') return;
    const unused = this.state === 'taken';
    this.state = 'over';
    this.caller.leave();
    if (!unused) return;
    this.caller.giveBackQuota(this.period);
    this.unused?.();
  }
}
