import { readFileSync } from 'node:fs';
import { Histogram } from './histogram.js';
import { LoadRun } from './load.js';
import { verifyRequest } from './wire.js';

/** The state of one run, shared by its connections. */
export class Run {
  readonly latencies = new Histogram();
  readonly wrong: Record<string, number> = {};
  answered = 0;
  lastAnswerAt = 0;
  private started = 0;
  private readonly requests: readonly Buffer[];
  private readonly limit: number;
  private deadline = 0;

  constructor(run: LoadRun) {
    const bearers = readFileSync(run.bearersFile, 'latin1').trimEnd().split('\n');
    this.requests = bearers.map((bearer) => Buffer.from(verifyRequest(run.port, bearer), 'latin1'));
    this.limit = bearers.length === 1 ? run.maxRequests : Math.min(run.maxRequests, bearers.length);
  }

  start(durationMs: number): void {
    this.deadline = performance.now() + durationMs;
  }

  /** @returns undefined when the run is over; a token is never handed out twice */
  next(now: number): Buffer | undefined {
    if (this.started >= this.limit || now >= this.deadline) return undefined;
    return this.requests[this.started++ % this.requests.length];
  }

  record(ms: number, now: number): void {
    this.answered++;
    this.lastAnswerAt = now;
    this.latencies.add(ms);
  }

  complain(what: string): void {
    this.wrong[what] = (this.wrong[what] ?? 0) + 1;
  }
}
