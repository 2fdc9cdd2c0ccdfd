import { Covered, missing, Unproven } from '../rows/covered-by.js';
import { CatalogueRow, Run } from './phase.js';

/** Rows of a phase that it does not try itself: proven by Jest, or by nothing yet. */
export interface Elsewhere {
  readonly covered: readonly Covered[];
  readonly unproven: readonly Unproven[];
}

export function rowsElsewhere({ covered, unproven }: Elsewhere): CatalogueRow[] {
  return [...covered, ...unproven].map(({ id, title }) => ({ id, title, short: true }));
}

/** Says of each of them that is wanted where it is proven, or that it is not. */
export function nameElsewhere(
  { report, root }: Run,
  phase: string,
  { covered, unproven }: Elsewhere,
  wanted: readonly CatalogueRow[],
): void {
  const asked = ({ id, title }: { id: string; title: string }): boolean =>
    wanted.some((row) => row.id === id && row.title === title);
  for (const row of covered.filter(asked)) {
    const { id, title, by } = row;
    const problems = missing(row, root);
    const outcome = problems.length > 0 ? 'fail' : 'pass';
    report.add({ id, title, phase, seconds: 0, outcome, problems, figures: { 'proven by': by[0]![0] } });
  }
  for (const { id, title, why } of unproven.filter(asked)) {
    report.add({ id, title, phase, seconds: 0, outcome: 'skip', problems: [why], figures: {} });
  }
}
