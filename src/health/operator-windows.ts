import { Target } from '../telemetry/labels.js';
import { EvidenceRow, Minute, OperatorEvidence, addTo } from '../telemetry/operator-evidence.js';
import { EvidenceDay } from './evidence-day.js';

const MINUTE_MS = 60_000;

/** What is known of the operators' last 24 hours: what all processes have recorded, and what only this one has seen yet. */
export class OperatorWindows {
  private readonly days = new Map<string, EvidenceDay>();

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly evidence: Pick<OperatorEvidence, 'rows'>,
    private readonly clock: () => number = Date.now,
  ) {}

  /** @param rows of all processes; each replaces what was known of its minute */
  learn(rows: Iterable<EvidenceRow>): void {
    for (const row of rows) {
      const name = nameOf(row.operator, row.target);
      let day = this.days.get(name);
      if (day === undefined) {
        day = new EvidenceDay();
        this.days.set(name, day);
      }
      day.set(row.minute, row);
    }
  }

  /** @returns the sum of the last minutes, the current one included */
  over(operator: string, target: Target, minutes: number): Minute {
    const last = Math.floor(this.clock() / MINUTE_MS);
    const day = this.days.get(nameOf(operator, target)) ?? new EvidenceDay();
    const sum = day.sum(last, minutes);
    for (const row of this.evidence.rows) {
      const meant = row.operator === operator && row.target === target;
      if (meant && row.minute > last - minutes) addTo(sum, row);
    }
    return sum;
  }
}

function nameOf(operator: string, target: Target): string {
  return `${operator}|${target}`;
}
