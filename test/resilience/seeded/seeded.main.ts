import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RunResult } from '../report/result.js';
import { makePatchedCopy } from './patched-copy.js';
import { SeededBug } from './seeded-bug.js';
import { SEEDED_BUGS } from './seeded-bugs.js';

// Compiled to dist/test/resilience/seeded.
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const FOLDER = join(ROOT, '.data/resilience/seeded');
const BOUND_MS = 4 * 60_000;

/** What became of one bug. */
interface Hunt {
  readonly bug: SeededBug;
  readonly caught: boolean;
  /** What the row said, or why nothing was found. */
  readonly said: string;
  readonly seconds: number;
}

/** Puts one bug after the other into a copy of the gateway and lets the harness find it; exit code 1: it did not. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
  const only = values.only.split(',').filter((one) => one !== '');
  const bugs = SEEDED_BUGS.filter(({ id }) => only.length === 0 || only.includes(String(id)));
  mkdirSync(FOLDER, { recursive: true });
  const hunts: Hunt[] = [];
  for (const bug of bugs) {
    const hunt = await hunted(bug);
    hunts.push(hunt);
    console.log(rowOf(hunt));
    writeReport(hunts);
  }
  const missed = hunts.filter(({ caught }) => !caught).length;
  console.log(`${hunts.length - missed} of ${hunts.length} seeded bugs caught, ${join(FOLDER, 'report.md')}`);
  if (missed > 0) process.exitCode = 1;
}

async function hunted(bug: SeededBug): Promise<Hunt> {
  const began = performance.now();
  const folder = join(FOLDER, String(bug.id));
  makePatchedCopy(ROOT, folder, bug);
  const log = openSync(join(folder, 'run.log'), 'w', 0o600);
  const child = spawn(
    process.execPath,
    [join(folder, 'dist/test/resilience/main.js'), '--profile', 'short', '--only', bug.row],
    { stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const stop = (): void => void child.kill('SIGTERM');
  process.once('exit', stop);
  const bound = setTimeout(stop, BOUND_MS);
  await once(child, 'exit');
  clearTimeout(bound);
  process.off('exit', stop);
  const seconds = Math.round((performance.now() - began) / 1_000);
  const said = complaintIn(folder, bug);
  // The copy is large; what it has said stays.
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  return said === undefined
    ? { bug, caught: false, said: `see ${join(folder, 'run.log')}`, seconds }
    : { bug, caught: true, said, seconds };
}

/** @returns what the row said of it; undefined: nothing of the kind */
function complaintIn(folder: string, { row, says }: SeededBug): string | undefined {
  let run: RunResult;
  try {
    run = JSON.parse(readFileSync(join(folder, '.data/resilience/latest/report.json'), 'utf8')) as RunResult;
  } catch {
    return undefined;
  }
  const failed = run.rows.filter(({ id, outcome }) => id === row && outcome === 'fail');
  return failed.flatMap(({ problems }) => problems).find((problem) => says.test(problem));
}

function rowOf({ bug, caught, said, seconds }: Hunt): string {
  return `| ${bug.id} | ${bug.name} | ${bug.row} | ${caught ? 'caught' : 'MISSED'} | ${said.replaceAll('|', '\\|').split('\n')[0]} | ${seconds} |`;
}

function writeReport(hunts: readonly Hunt[]): void {
  const head = [
    '# Seeded bugs',
    '',
    '| # | Bug | Row | | It said | s |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  writeFileSync(join(FOLDER, 'report.md'), `${[...head, ...hunts.map(rowOf)].join('\n')}\n`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 2;
});
