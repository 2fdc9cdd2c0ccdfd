import { Target } from './labels.js';

/** What was seen of one target of one operator in one minute. Counts; nothing of who called. */
export interface Minute {
  /** Calls that the operator answered as an operator should, whatever the answer was. */
  answered: number;
  /** Calls that came to nothing on its account: no answer, a wrong one, or refused for it by our circuit. */
  failed: number;
  /** Of those answered: within half a second, and within two. */
  within500Ms: number;
  within2s: number;
}

export interface EvidenceRow extends Readonly<Minute> {
  readonly operator: string;
  readonly target: Target;
  /** Minutes since the epoch. */
  readonly minute: number;
}

const MINUTE_MS = 60_000;
/** When nobody takes it: longer ago than this nobody wants to know. */
const KEPT_MINUTES = 24 * 60;

export function noEvidence(): Minute {
  return { answered: 0, failed: 0, within500Ms: 0, within2s: 0 };
}

/** What this process has seen of the operators since somebody last took it: minute by minute, never call by call. */
export class OperatorEvidence {
  private seen = new Map<string, EvidenceRow & Minute>();

  /** @param clock milliseconds since the epoch */
  constructor(private readonly clock: () => number = Date.now) {}

  /** @param seconds that it took */
  note(operator: string, target: Target, fine: boolean, seconds: number): void {
    const minute = Math.floor(this.clock() / MINUTE_MS);
    const key = `${operator}|${target}|${minute}`;
    let row = this.seen.get(key);
    if (row === undefined) {
      row = { operator, target, minute, ...noEvidence() };
      this.seen.set(key, row);
      this.forget(minute - KEPT_MINUTES);
    }
    if (!fine) {
      row.failed += 1;
      return;
    }
    row.answered += 1;
    if (seconds <= 0.5) row.within500Ms += 1;
    if (seconds <= 2) row.within2s += 1;
  }

  /** What has not been taken yet. */
  get rows(): readonly EvidenceRow[] {
    return [...this.seen.values()];
  }

  /** @returns all rows, which are no longer here */
  take(): readonly EvidenceRow[] {
    const taken = this.rows;
    this.seen = new Map();
    return taken;
  }

  /** What was taken could not be used: it is here again. */
  giveBack(rows: readonly EvidenceRow[]): void {
    for (const row of rows) {
      const key = `${row.operator}|${row.target}|${row.minute}`;
      const here = this.seen.get(key);
      if (here === undefined) this.seen.set(key, { ...row });
      else addTo(here, row);
    }
    this.forget(Math.floor(this.clock() / MINUTE_MS) - KEPT_MINUTES);
  }

  private forget(before: number): void {
    for (const [key, { minute }] of this.seen) if (minute < before) this.seen.delete(key);
  }
}

export function addTo(sum: Minute, more: Readonly<Minute>): void {
  sum.answered += more.answered;
  sum.failed += more.failed;
  sum.within500Ms += more.within500Ms;
  sum.within2s += more.within2s;
}
