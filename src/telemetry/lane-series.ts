import { Operation } from '../contract/number-verification.js';
import { Buckets } from './distribution.js';
import { Families } from './families.js';
import { OperatorLabels } from './known-operators.js';
import {
  BreakerEvent,
  BreakerState,
  CODE_CLASSES,
  CodeClass,
  Target,
  UpstreamErrorReason,
} from './labels.js';
import type { BreakerMetrics } from './breaker-metrics.js';
import type { OperatorEvidence } from './operator-evidence.js';
import type { Cell } from './tally.js';

/** What is read when a page is made. */
export interface LaneSources {
  state(): BreakerState;
  inFlight(): number;
  /** Left of the time the operator wants to be left alone; 0 or less: it takes calls. */
  pacedSeconds(): number;
}

/** Where it is counted. */
interface LaneRecorder {
  readonly breakers: BreakerMetrics;
  readonly evidence: OperatorEvidence;
  begin(operator: string, target: Target, maxInFlight: number): void;
  answered(operator: string, operation: Operation, dialect: string, codeClass: CodeClass): Cell;
  took(operator: string, operation: Operation): Buckets | undefined;
  failed(operator: string, target: Target, reason: UpstreamErrorReason): void;
  retried(operator: string, target: Target): void;
  unmapped(operator: string): void;
  seatsTaken(operator: string, target: Target, inFlight: number): void;
  pacedFor(operator: string, seconds: number): void;
  clockSkew(operator: string, seconds: number): void;
}

/** A Date header is of whole seconds: on the average it is half a second old when it is written. */
const HALF_A_SECOND_MS = 500;

/** The series of one target of one operator. */
export class LaneSeries {
  private used = false;
  /** By operation and status: what a call looks up. */
  private readonly calls = new Map<string, { answers: Cell; took: Buckets | undefined }>();
  private everPaced = false;
  private lastDate: { readonly header: string; readonly atMs: number } | undefined;

  constructor(
    private readonly metrics: LaneRecorder,
    families: Families,
    private readonly operator: OperatorLabels,
    private readonly target: Target,
    private readonly sources: LaneSources,
  ) {
    families.sample(() => this.sample());
  }

  /** Somebody wants to call: from now on there is something to see. */
  use(): void {
    if (this.used) return;
    this.used = true;
    this.metrics.begin(this.operator.id, this.target, this.operator.maxInFlight);
  }

  /**
   * A call of Number Verification has ended at the operator.
   * @param status undefined when no answer came
   */
  called(operation: Operation, status: number | undefined, seconds: number): void {
    const { id, dialect } = this.operator;
    const key = `${operation}${status}`;
    let found = this.calls.get(key);
    if (found === undefined) {
      const answers = this.metrics.answered(id, operation, dialect, codeClassOf(status));
      found = { answers, took: this.metrics.took(id, operation) };
      this.calls.set(key, found);
    }
    found.answers.add();
    found.took?.observe(seconds);
  }

  /** @param header the operator's, as it came; read when a page is made */
  dated(header: string): void {
    this.lastDate = { header, atMs: Date.now() };
  }

  failed(reason: UpstreamErrorReason): void {
    this.metrics.failed(this.operator.id, this.target, reason);
  }

  retried(): void {
    this.metrics.retried(this.operator.id, this.target);
  }

  unmapped(): void {
    this.metrics.unmapped(this.operator.id);
  }

  /**
   * A call has come to its end, in the eyes of the circuit.
   * @param fine whether the operator did what an operator should; a call that was refused on its account was not
   * @param seconds that it took
   */
  judged(fine: boolean, seconds = 0): void {
    this.metrics.evidence.note(this.operator.id, this.target, fine, seconds);
  }

  event(event: BreakerEvent): void {
    this.metrics.breakers.event(this.operator.id, this.target, event);
  }

  private sample(): void {
    if (!this.used) return;
    const { id } = this.operator;
    this.metrics.breakers.state(id, this.target, this.sources.state());
    this.metrics.seatsTaken(id, this.target, this.sources.inFlight());
    const paced = Math.max(0, this.sources.pacedSeconds());
    this.everPaced ||= paced > 0;
    if (this.target === 'api' && this.everPaced) this.metrics.pacedFor(id, paced);
    const theirs = this.lastDate && Date.parse(this.lastDate.header);
    if (theirs === undefined || Number.isNaN(theirs)) return;
    this.metrics.clockSkew(id, (theirs + HALF_A_SECOND_MS - this.lastDate!.atMs) / 1000);
  }
}

function codeClassOf(status: number | undefined): CodeClass {
  if (status === undefined) return 'none';
  return CODE_CLASSES.find((one) => one.startsWith(String(status)[0]!)) ?? 'none';
}
