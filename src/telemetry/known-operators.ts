import { OTHER } from './labels.js';

/** So many operators may have every series of the table, used or not, and the page stays below 5,000. */
export const MANY_OPERATORS = 20;

export interface OperatorLabels {
  readonly id: string;
  /** Name of its dialect. */
  readonly dialect: string;
  /** Size of its bulkheads. */
  readonly maxInFlight: number;
}

/**
 * Which operators get which series. Few operators: all that a dashboard asks for stand at 0 from the start. Many of
 * them: at the start only what an alert would otherwise miss, the rest when an operator is first used; and only the
 * first so many that are used have histograms of their own, the others one together.
 */
export class KnownOperators {
  private few = true;
  private readonly measured = new Set<string>();

  /** @param mostMeasured operators with a histogram of their own, 0 for none */
  constructor(private readonly mostMeasured: number) {}

  expect(count: number): void {
    this.few = count <= MANY_OPERATORS;
  }

  /** Whether series are made before they are needed. */
  get allAtOnce(): boolean {
    return this.few;
  }

  /** @returns what a histogram's label `operator` says; undefined: no histograms by operator */
  histogramLabel(operator: string): string | undefined {
    if (this.mostMeasured === 0) return undefined;
    if (this.measured.has(operator)) return operator;
    if (this.measured.size >= this.mostMeasured) return OTHER;
    this.measured.add(operator);
    return operator;
  }
}
