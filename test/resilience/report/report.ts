import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Violation } from '../check/evidence.js';
import { toJunit } from './junit.js';
import { toMarkdown } from './markdown.js';
import { lineOf, RowResult, RunResult } from './result.js';

export type Judged = Omit<RowResult, 'outcome' | 'seconds' | 'problems' | 'figures'> & {
  readonly startedAt: number;
  readonly figures?: RowResult['figures'];
  readonly violations?: readonly Violation[];
  readonly problems?: readonly string[];
};

/** Collects results, says each in a line, and writes them where the next process finds them. */
export class Report {
  private readonly rows: RowResult[] = [];
  private readonly startedAt = new Date();

  constructor(private readonly run: { profile: string; seed: string }) {}

  /** A row that was tried: it fails when there is anything to complain about. */
  judge(row: Judged): RowResult {
    return this.add(verdictOn(row));
  }

  /** A row that is proven elsewhere, or not at all. */
  add(result: RowResult): RowResult {
    this.rows.push(result);
    console.log(lineOf(result));
    return result;
  }

  get failed(): number {
    return this.rows.filter(({ outcome }) => outcome === 'fail').length;
  }

  get result(): RunResult {
    return {
      startedAt: this.startedAt.toISOString(),
      seconds: (Date.now() - this.startedAt.getTime()) / 1_000,
      ...this.run,
      machine: {
        cores: availableParallelism(),
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
      },
      rows: this.rows,
    };
  }

  /** report.json, report.md and junit.xml. */
  write(folder: string): void {
    mkdirSync(folder, { recursive: true });
    const { result } = this;
    writeFileSync(join(folder, 'report.json'), `${JSON.stringify(result, null, 2)}\n`);
    writeFileSync(join(folder, 'report.md'), toMarkdown(result));
    writeFileSync(join(folder, 'junit.xml'), toJunit(result));
  }
}

export function verdictOn({
  violations = [],
  problems = [],
  figures = {},
  startedAt,
  ...row
}: Judged): RowResult {
  const all = [...problems, ...grouped(violations)];
  const seconds = Math.round(performance.now() - startedAt) / 1_000;
  return { ...row, figures, seconds, problems: all, outcome: all.length > 0 ? 'fail' : 'pass' };
}

/** Ten thousand breaches of one kind are one problem with examples. */
function grouped(violations: readonly Violation[]): string[] {
  const groups = Map.groupBy(
    violations,
    ({ invariant, what }) => `${invariant}: ${what.replace(/\d+/g, 'n')}`,
  );
  return [...groups.values()].map((group) => {
    const { invariant, jti, what } = group[0]!;
    return `${invariant}: ${what}${jti === '' ? '' : ` (${jti})`}${group.length > 1 ? ` and ${group.length - 1} more` : ''}`;
  });
}
