import { ContenderName } from './options.js';
import { Round } from './round.js';

/** The median round of a contender, by req/s, and what it is held against. */
export interface Standing extends Round {
  readonly contender: ContenderName;
  /** req/s against the named contender's; undefined when that one did not run. */
  readonly ratioToHttpProxy: number | undefined;
  readonly ratioToAssembled: number | undefined;
}

/** What the project promises of the gateway, as ratios of req/s on one core. */
const GOALS = [
  { against: 'http-proxy', atLeast: 0.5, words: '@fastify/http-proxy' },
  { against: 'assembled', atLeast: 4, words: 'the assembled NestJS stack' },
] as const;

export interface Goal {
  readonly words: string;
  readonly atLeast: number;
  /** Ratio of req/s. */
  readonly measured: number;
  /** Ratio of CPU time per request: steadier where others use the cores too. */
  readonly byCpuTime: number;
  readonly met: boolean;
  /** False when another process had its share of a core in question: measure again on a quieter machine. */
  readonly conclusive: boolean;
}

export function standings(rounds: ReadonlyMap<ContenderName, readonly Round[]>): Standing[] {
  const medians = new Map([...rounds].map(([name, all]) => [name, median(all)]));
  const against = (round: Round, name: ContenderName): number | undefined => {
    const other = medians.get(name);
    return other && ratio(round.requestsPerSecond, other.requestsPerSecond);
  };
  return [...medians].map(([contender, round]) => ({
    contender,
    ...round,
    ratioToHttpProxy: against(round, 'http-proxy'),
    ratioToAssembled: against(round, 'assembled'),
  }));
}

export function goals(all: readonly Standing[]): Goal[] {
  const find = (name: ContenderName): Standing | undefined => all.find(({ contender }) => contender === name);
  const gateway = find('gateway');
  return GOALS.flatMap(({ against, atLeast, words }) => {
    const other = find(against);
    if (!gateway || !other) return [];
    const measured = ratio(gateway.requestsPerSecond, other.requestsPerSecond);
    const byCpuTime = ratio(other.cpuUsPerRequest, gateway.cpuUsPerRequest);
    const conclusive = !disturbed(gateway) && !disturbed(other);
    return [{ words, atLeast, measured, byCpuTime, met: measured >= atLeast, conclusive }];
  });
}

function ratio(one: number, other: number): number {
  return Math.round((one / other) * 100) / 100;
}

const COLUMNS: readonly (readonly [string, (row: Standing) => string])[] = [
  ['contender', (row) => row.contender],
  ['req/s', (row) => String(row.requestsPerSecond)],
  ['p50 ms', (row) => row.p50Ms.toFixed(2)],
  ['p99 ms', (row) => row.p99Ms.toFixed(2)],
  ['CPU µs/req', (row) => row.cpuUsPerRequest.toFixed(1)],
  ['core busy', (row) => share(row.busy)],
  ['× http-proxy', (row) => row.ratioToHttpProxy?.toFixed(2) ?? '-'],
  ['× assembled', (row) => row.ratioToAssembled?.toFixed(2) ?? '-'],
];

/** The table, the goals and the warnings, as lines for the terminal. */
export function print(all: readonly Standing[]): string {
  const rows = [COLUMNS.map(([title]) => title), ...all.map((row) => COLUMNS.map(([, cell]) => cell(row)))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  const verdicts = goals(all).map(
    ({ words, atLeast, measured, byCpuTime, met, conclusive }) =>
      `${conclusive ? (met ? 'met    ' : 'NOT MET') : 'UNCLEAR'}  ${measured.toFixed(2)} × ${words} (goal: at least ${atLeast}; ` +
      `by CPU time ${byCpuTime.toFixed(2)})`,
  );
  const warnings = all.filter(({ saturated }) => !saturated).map(unsaturated);
  return [...rows.map(line), '', ...verdicts, ...warnings].join('\n');
}

/** Why a contender did not use its core, as far as the cores' idle time tells. */
function unsaturated({ contender, busy, coreIdle, loadSideIdle, cpuUsPerRequest }: Standing): string {
  return (
    `${contender}: used only ${share(busy)} of its core (idle ${share(coreIdle)}, the rest went to others; ` +
    `load side idle ${share(loadSideIdle)}); a whole core would carry about ${Math.round(1e6 / cpuUsPerRequest)} req/s`
  );
}

function share(part: number | undefined): string {
  return part === undefined ? '?' : `${Math.round(part * 100)} %`;
}

/** Whether others took more than a tenth of the contender's core; without idle times, whatever it lacks. */
function disturbed({ saturated, busy, coreIdle = 0 }: Round): boolean {
  return !saturated && 1 - busy - coreIdle > 0.1;
}

/**
 * The round in the middle by req/s; of two, the slower one. A disturbed round does not measure the contender:
 * it counts only when there is no better one.
 */
function median(rounds: readonly Round[]): Round {
  const undisturbed = rounds.filter((round) => !disturbed(round));
  const sorted = (undisturbed.length > 0 ? undisturbed : [...rounds]).sort(
    (a, b) => a.requestsPerSecond - b.requestsPerSecond,
  );
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}
