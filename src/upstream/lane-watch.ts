import { Problem } from '../contract/problem.js';
import { UpstreamAnswer } from '../dialects/dialect.js';
import { Operator } from '../operators/operator.js';
import { CallLog } from '../telemetry/call-log.js';
import { Hop } from '../telemetry/call-trace.js';
import { BreakerState, Target } from '../telemetry/labels.js';
import { LaneSeries } from '../telemetry/lane-series.js';
import { BreakerEvent } from './breaker.js';
import { errorReason, isUnmapped, refusesOurClient } from './error-reason.js';

const BREAKER_STATES: Readonly<Partial<Record<BreakerEvent, BreakerState>>> = {
  open: 'open',
  half_open: 'half_open',
  close: 'closed',
};

/** Counts and tells what happens at one target of one operator. */
export class LaneWatch {
  constructor(
    private readonly operator: Operator,
    private readonly target: Target,
    readonly series: LaneSeries,
    private readonly calls: CallLog | undefined,
  ) {}

  /** A request has ended, with or without a whole answer. @param failure what the caller is told instead of one */
  ended(
    hop: Pick<Hop, 'operation' | 'durationMs' | 'attempts'>,
    answer: UpstreamAnswer | undefined,
    failure: unknown,
  ): void {
    this.count(hop, answer, failure);
    const problem = failure instanceof Problem ? failure : undefined;
    this.calls?.upstream({
      ...hop,
      status: answer?.status,
      operator: this.operator.id,
      dialect: this.operator.dialect.name,
      target: this.target,
      mapped: problem?.problem ?? (failure === undefined ? 'answered' : 'internal'),
      detail: problem?.detail,
    });
  }

  /** A whole answer was a Problem. */
  bad(problem: Problem, { status }: UpstreamAnswer): void {
    const reason = errorReason(problem, status);
    if (reason) this.series.failed(reason);
    if (isUnmapped(problem, status)) this.series.unmapped();
  }

  circuit(event: BreakerEvent): void {
    const state = BREAKER_STATES[event];
    if (state) this.calls?.breaker(this.operator.id, this.target, state);
    this.series.event(event);
  }

  private count(
    { operation, durationMs }: Pick<Hop, 'operation' | 'durationMs'>,
    answer: UpstreamAnswer | undefined,
    failure: unknown,
  ): void {
    const seconds = durationMs / 1000;
    if (operation === 'verify' || operation === 'share')
      this.series.called(operation, answer?.status, seconds);
    else if (answer && refusesOurClient(answer)) this.series.failed('credentials');
    const date = answer?.headers['date'];
    if (typeof date === 'string') this.series.dated(date);
    // It had too little time to say anything about itself.
    if (failure instanceof Problem && failure.problem === 'recordedLate') return;
    this.series.judged(!(failure instanceof Problem && failure.row.trips), seconds);
  }
}
