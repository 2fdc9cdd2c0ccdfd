import { RunResult } from './report/result.js';

/** No busy machine explains an illegal body, a wrong verdict, a lost or doubled row, another tenant's data, a leak. */
const NEVER_FORGIVEN = /^I(?:2|3|4|5|7|8|12):/;
/** Said of every run, and tried whenever there is nothing else to try. */
const ALWAYS = ['I14'];

/**
 * Rows that failed with nothing graver than what a machine busy with something else can bring about (late answers,
 * connections and records) may be tried once more.
 * @returns their ids
 * @throws Error when one failed for something graver
 */
export function rowsToTryAgain({ rows }: RunResult): string[] {
  const failed = rows.filter(({ outcome }) => outcome === 'fail');
  const grave = failed.filter(({ problems }) => problems.some((problem) => NEVER_FORGIVEN.test(problem)));
  if (grave.length > 0) throw new Error(`not a matter of time: ${grave.map(({ id }) => id).join(', ')}`);
  return [...new Set([...failed.map(({ id }) => id).filter((id) => id !== 'base'), ...ALWAYS])];
}
