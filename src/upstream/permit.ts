import { Problem } from '../contract/problem.js';
import { UpstreamAnswer, UpstreamRequest } from '../dialects/dialect.js';
import { inSpan } from '../telemetry/spans.js';
import { Way } from './connections.js';
import { Lane } from './lane.js';
import { Lateness } from './lateness.js';

/**
 * A taken seat at an operator: good for one call, whose deadline begins here: what recording it takes, the operator does
 * not get. Dispose it and the seat is free, once, however it ended.
 */
export class Permit implements Disposable {
  private readonly takenAt = performance.now();
  private used = false;
  private inFlight = false;
  private disposed = false;

  constructor(
    private readonly lane: Lane,
    private readonly lateness: Lateness,
    private readonly probe: boolean,
  ) {}

  /**
   * Sends the request below the operator's API root and reads the answer, within what is left of the deadline.
   * Never repeated once a byte has been sent; a connection that fails before is tried once more. What this process
   * has been late in the last seconds is taken off the deadline.
   * @param decode gets the whole answer, at most 64 KiB, redirects included; what it throws is judged by the circuit
   * @throws Problem operatorUnreachable | operatorTimeout | operatorRouteBroken | circuitOpen, or what `decode` throws.
   *   `neverSent` is set exactly when no byte of the request can have reached the operator.
   * @throws Problem ledgerUnavailable with neverSent when nothing is left of the deadline, recordedLate when too little
   *   was for an operator that did not answer
   */
  send<T>(
    request: UpstreamRequest,
    operatorToken: string,
    decode: (answer: UpstreamAnswer) => T,
  ): Promise<T> {
    const headers = {
      ...request.headers,
      authorization: `Bearer ${operatorToken}`,
      'accept-encoding': 'identity',
    };
    return this.call(
      () => this.lane.connections.api(),
      { method: request.method, path: request.path, headers, body: request.body },
      decode,
    );
  }

  /** Sends a request as it is to a URL of the operator; for the token target. Throws as `send` does. */
  sendTo<T>(url: URL, request: UpstreamRequest, decode: (answer: UpstreamAnswer) => T): Promise<T> {
    return this.call(() => this.lane.connections.to(url), request, decode);
  }

  [Symbol.dispose](): void {
    if (this.disposed) return;
    this.disposed = true;
    if (!this.inFlight) this.lane.leave(this.probe);
  }

  private async call<T>(
    way: () => Way,
    request: UpstreamRequest,
    decode: (answer: UpstreamAnswer) => T,
  ): Promise<T> {
    if (this.used || this.disposed) throw new Error('a permit is good for one call');
    this.used = true;
    const { deadlineMs } = this.lane;
    const spentMs = performance.now() - this.takenAt;
    const leftMs = deadlineMs - spentMs - this.lateness.allowanceMs(deadlineMs);
    if (leftMs <= 0) throw tooLate();
    this.inFlight = true;
    try {
      return await inSpan('upstream', this.lane.facts, () =>
        this.lane.call(way(), request, leftMs, this.probe, decode),
      );
    } finally {
      this.inFlight = false;
      // Disposed while the call was going on: the seat was kept until now, because the work was not done.
      if (this.disposed) this.lane.leave(this.probe);
    }
  }
}

/** Not the operator's fault, and none of its circuit's business: it was not asked. */
function tooLate(): Problem {
  return new Problem('ledgerUnavailable', {
    detail: 'recorded too late',
    neverSent: true,
    retryAfterSeconds: 1,
  });
}
