import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { everyCall } from '../../check/all.js';
import { recoveredIn } from '../../check/bounds.js';
import { readEvidence } from '../../check/read-evidence.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../../virtual-operators.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { until } from '../until.js';

export const DESCRIPTORS: CatalogueRow = {
  id: 'P13',
  title: 'a flood of connections takes all descriptors of a process',
  short: false,
};

const LABEL = 'p13';
const SPARE = 10;
const FLOOD = 300;
const LASTS_MS = 3_000;
/** Of one core. A process that does nothing but fail to accept connections takes all of it. */
const SPIN_SHARE = 0.9;
const TICKS_PER_SECOND = 100;
const USUAL_LIMIT = '1048576';

/** It lives, does not spin, and serves again once they are given back. */
export async function runDescriptors(run: Run): Promise<void> {
  const { load, profile, report, thresholds, world } = run;
  const { id, title } = DESCRIPTORS;
  const [gateway] = world.gateways;
  const pid = gateway!.pid!;
  if (spawnSync('prlimit', ['--version']).status !== 0) {
    const problems = ['prlimit is not installed'];
    report.add({ id, title, phase: 'process', outcome: 'skip', seconds: 0, figures: {}, problems });
    return;
  }
  const startedAt = performance.now();
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const hard = /Max open files\s+\d+\s+(\d+)/.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
  const soft = readdirSync(`/proc/${pid}/fd`).length + SPARE;
  const limit = (to: string): void => void spawnSync('prlimit', ['--pid', String(pid), `--nofile=${to}:`]);
  const running = load.start({
    label: LABEL,
    kind: 'victim',
    operatorIds: MAIN_OPERATORS.map(({ id: operator }) => operator),
    tenants: world.tenants,
    ratePerSecond: profile.innocentRate,
  });
  const { hostname, port } = new URL(gateway!.url);
  limit(String(soft));
  const ticks = ticksOf(pid);
  const flood = Array.from({ length: FLOOD }, () => idle(Number(port), hostname));
  await sleep(LASTS_MS);
  const share = (ticksOf(pid) - ticks) / TICKS_PER_SECOND / (LASTS_MS / 1_000);
  for (const socket of flood) socket.destroy();
  limit(hard ?? USUAL_LIMIT);
  const healedAt = Date.now();
  const good = (): number | undefined =>
    running.records.find(
      ({ pod, sentAt, status }) => pod === gateway!.name && sentAt > healedAt && status === 200,
    )?.sentAt;
  await until(() => good() !== undefined, thresholds.recoverMs + 5_000);
  running.stop();
  const evidence = await readEvidence(world, LABEL, await running.done, from);
  // The balancer cannot open new connections to it either; what it had not sent it sends elsewhere.
  const met = new Set(evidence.load.filter(({ status }) => status === 0).map(({ jti }) => jti));
  const stallMs = stalls.end();
  const failed = evidence.load.filter(({ expected, verdict }) => verdict !== expected);
  report.judge({
    ...DESCRIPTORS,
    phase: 'process',
    startedAt,
    violations: [
      ...everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs + LASTS_MS, {
        lost: (jti) => met.has(jti),
      }),
      ...recoveredIn(good() === undefined ? undefined : good()! - healedAt, thresholds.recoverMs),
    ],
    problems: [
      ...(gateway!.pid === pid ? [] : ['the process ended']),
      ...(share < SPIN_SHARE ? [] : [`it took ${Math.round(share * 100)} % of a core`]),
    ],
    figures: {
      calls: evidence.load.length,
      failed: failed.length,
      unanswered: met.size,
      'core %': Math.round(share * 100),
    },
  });
}

function idle(port: number, host: string): Socket {
  return connect(port, host).on('error', () => {});
}

/** Of the processor, in user and system mode. */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
