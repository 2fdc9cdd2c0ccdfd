import { Problem } from '../contract/problem.js';

/** Seats for calls in flight: one hung operator must not take the process' sockets and memory. */
export class Bulkhead {
  private taken = 0;

  constructor(readonly seats: number) {}

  get inFlight(): number {
    return this.taken;
  }

  /**
   * @param share of the seats that may be used now, 0 to 1; at least one seat always may
   * @throws Problem bulkheadFull
   */
  take(share = 1): void {
    if (this.taken >= Math.max(1, Math.floor(this.seats * share))) {
      throw new Problem('bulkheadFull', { neverSent: true, retryAfterSeconds: 1 });
    }
    this.taken++;
  }

  free(): void {
    this.taken--;
  }
}
