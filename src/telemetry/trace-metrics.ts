import { Families } from './families.js';
import { Tally } from './tally.js';

const FATES = ['written', 'dropped'] as const;
type TraceFate = (typeof FATES)[number];

/** Traces of calls that are kept for look-ups by x-correlator. */
export class TraceMetrics {
  private readonly traces: Tally;

  constructor(families: Families) {
    this.traces = families.counter('call_traces_total', 'Traces of calls, kept or not', ['result']);
    for (const fate of FATES) this.traces.of(fate);
  }

  ended(result: TraceFate, rows: number): void {
    this.traces.of(result).add(rows);
  }
}
