import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';

/** Which core the contender has to itself; all the rest (load, stub, Postgres) shares the others. */
export interface Pinning {
  readonly contender: string | undefined;
  readonly rest: string | undefined;
}

/**
 * Splits the cores this process may use and moves this process (and so all it starts) to the load side.
 * @returns undefined cores where `taskset` is missing or there is one core only
 */
export function pinLoadSide(): Pinning {
  const unpinned = { contender: undefined, rest: undefined };
  const asked = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' });
  if (asked.status !== 0) return unpinned;
  const [contender, ...rest] = cores(asked.stdout.slice(asked.stdout.lastIndexOf(':') + 1));
  if (contender === undefined || rest.length === 0) return unpinned;
  const list = rest.join(',');
  // -a: the threads of this process that already run, too.
  if (spawnSync('taskset', ['-acp', list, String(process.pid)]).status !== 0) return unpinned;
  return { contender: String(contender), rest: list };
}

/** `0-2,5` → 0, 1, 2, 5. */
function cores(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

/**
 * Time these cores had nothing to do since the machine started, whoever else uses them.
 * @param list a taskset list
 * @returns milliseconds, averaged over the cores; undefined where nothing is pinned
 */
export function idleMs(list: string | undefined): number | undefined {
  if (list === undefined) return undefined;
  const all = cpus();
  const chosen = cores(list);
  return chosen.reduce((sum, core) => sum + (all[core]?.times.idle ?? 0), 0) / chosen.length;
}

/** In general terms: a result file says how large the machine was, not which one. */
export function machine(pinning: Pinning): Record<string, unknown> {
  return {
    cores: availableParallelism(),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    pinned: pinning.contender !== undefined,
  };
}
