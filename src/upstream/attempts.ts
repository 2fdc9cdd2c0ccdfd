import { ExchangeWatch } from './exchange.js';
import { TransportFailure } from './transport-failure.js';

/** Counts the connections that one call tries. */
export class Attempts implements ExchangeWatch {
  attempts = 1;

  constructor(private readonly lane: ExchangeWatch) {}

  mayRetry(): boolean {
    const may = this.lane.mayRetry();
    if (may) this.attempts++;
    return may;
  }

  failed(failure: TransportFailure): void {
    this.lane.failed(failure);
  }
}
