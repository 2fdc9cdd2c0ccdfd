import { setTimeout as sleep } from 'node:timers/promises';
import { everyCall, quantile } from '../../check/all.js';
import { violation, Violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { VERIFY } from '../../rows/attack-case.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../../virtual-operators.js';
import { faultsOf } from '../legal-reply.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { Heard, speak } from './wire.js';

export const SLOW_HEADERS: CatalogueRow = { id: 'C01', title: 'headers that drip', short: true };
export const SLOW_BODY: CatalogueRow = { id: 'C02', title: 'bodies that drip', short: false };
export const IDLE: CatalogueRow = { id: 'C03', title: 'connections that say nothing', short: false };

const DRIPPERS = 60;
const IDLERS = 400;
const INNOCENT_PER_SECOND = 100;
const DRIP_MS = 400;

interface SlowKind {
  readonly row: CatalogueRow;
  readonly count: number;
  /** Must be closed by then, milliseconds. */
  readonly closedWithinMs: number;
  /** Undefined: without a word. */
  readonly status: number | undefined;
  readonly pieces: readonly string[];
}

const drip = (text: string): string[] => [...text, ...Array.from({ length: 40 }, () => 'x')];
const HEAD = `POST ${VERIFY} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;

const KINDS: readonly SlowKind[] = [
  {
    row: SLOW_HEADERS,
    count: DRIPPERS,
    closedWithinMs: 6_000,
    status: 408,
    pieces: [HEAD, ...drip('x-slow: ')],
  },
  {
    row: SLOW_BODY,
    count: DRIPPERS,
    closedWithinMs: 11_000,
    status: 408,
    pieces: [`${HEAD}content-length: 500\r\n\r\n`, ...drip('{')],
  },
  // Node counts a connection that never says anything as one whose headers never end.
  { row: IDLE, count: IDLERS, closedWithinMs: 11_500, status: undefined, pieces: [] },
];

/** All of them at once, while others go on. */
export async function runSlowClients(run: Run, wanted: readonly CatalogueRow[]): Promise<void> {
  const kinds = KINDS.filter(({ row }) => wanted.includes(row));
  const { load, report, thresholds, world } = run;
  const startedAt = performance.now();
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const innocent = load.start({
    label: 'slow',
    kind: 'victim',
    operatorIds: MAIN_OPERATORS.map(({ id }) => id),
    tenants: world.tenants,
    ratePerSecond: INNOCENT_PER_SECOND,
  });
  const heard = await Promise.all(kinds.map((kind) => beSlow(run, kind)));
  innocent.stop();
  const evidence = await readEvidence(world, 'slow', await innocent.done, from);
  const stallMs = stalls.end();
  const calls = everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs);
  const failed = evidence.load.filter(({ status }) => status !== 200).length;
  for (const [index, kind] of kinds.entries()) {
    report.judge({
      ...kind.row,
      phase: 'attacks',
      startedAt,
      violations: [...calls, ...complaintsOf(kind, heard[index]!, stallMs)],
      problems: failed > 0 ? [`${failed} calls of others failed`] : [],
      figures: {
        connections: kind.count,
        'closed p100': quantile(
          heard[index]!.map(({ ms }) => ms),
          1,
        ),
        'other calls': evidence.load.length,
        stall: stallMs,
      },
    });
  }
}

async function beSlow({ world }: Run, { closedWithinMs, count, pieces }: SlowKind): Promise<Heard[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      await sleep(index);
      const { url } = world.gateways[index % world.gateways.length]!;
      return speak(url, pieces, { withinMs: closedWithinMs + 3_000, pauseMs: DRIP_MS });
    }),
  );
}

function complaintsOf(
  { closedWithinMs, row, status }: SlowKind,
  all: readonly Heard[],
  stallMs: number,
): Violation[] {
  return all.flatMap(({ closed, ms, replies }, index) => {
    const name = `connection ${index}`;
    if (!closed) return [violation('row', name, 'never closed')];
    const late =
      ms > closedWithinMs + 1_000 + stallMs ? [violation('row', name, `closed after ${ms} ms`)] : [];
    const faults = replies
      .flatMap((reply) => faultsOf(reply, VERIFY))
      .map((what) => violation('I2', name, what));
    const told = replies[0]?.status;
    const odd =
      status !== undefined && told !== status ? [violation('row', name, `${row.id}: told ${told}`)] : [];
    return [...late, ...faults, ...odd];
  });
}
