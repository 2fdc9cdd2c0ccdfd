/** What came of one row of the catalogue, or one part of it. */
export interface RowResult {
  /** Such as `U06`, as the catalogue has it. */
  readonly id: string;
  /** What was done, in a few words; with the id it names the test. */
  readonly title: string;
  readonly phase: string;
  /** `skip`: not proven in this run; the problems say why. */
  readonly outcome: 'pass' | 'fail' | 'skip';
  readonly seconds: number;
  readonly figures: Readonly<Record<string, number | string>>;
  /** Why it failed or was skipped; empty otherwise. */
  readonly problems: readonly string[];
}

/** The whole of a run. */
export interface RunResult {
  readonly startedAt: string;
  readonly seconds: number;
  readonly profile: string;
  readonly seed: string;
  readonly machine: { readonly cores: number; readonly node: string; readonly platform: string };
  readonly rows: readonly RowResult[];
}

/** One line for the terminal. */
export function lineOf({ id, title, outcome, figures, problems }: RowResult): string {
  const facts = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  const why = problems.slice(0, 3).map((problem) => `\n        ${problem}`);
  const more = problems.length > 3 ? `\n        … ${problems.length - 3} more` : '';
  return `${outcome.padEnd(4)}  ${`${id} ${title}`.padEnd(52)}  ${facts.join(', ')}${why.join('')}${more}`;
}
