import { RunResult } from './report/result.js';

/** Breaches that no busy machine explains: illegal bodies, wrong verdicts, ledgers, double dispatch, leaks. */
const NEVER_FORGIVEN = /^I(?:2|3|4|5|8):/;
/** Said of every run, and tried whenever there is nothing else to try. */
const ALWAYS = ['I14'];

/**
 * Rows that failed for time, on a machine that was busy with something else, may be tried a second time.
 * @returns their ids
 * @throws Error when one failed for anything else
 */
export function rowsToTryAgain({ rows }: RunResult): string[] {
  const failed = rows.filter(({ outcome }) => outcome === 'fail');
  const grave = failed.filter(({ problems }) => problems.some((problem) => NEVER_FORGIVEN.test(problem)));
  if (grave.length > 0) throw new Error(`not a matter of time: ${grave.map(({ id }) => id).join(', ')}`);
  return [...new Set([...failed.map(({ id }) => id).filter((id) => id !== 'base'), ...ALWAYS])];
}
