import { Pool } from 'undici';
import { everyCall, quantile } from '../../check/all.js';
import { violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { LoadRecord } from '../../load/load-record.js';
import { verdictOn } from '../../report/report.js';
import { RowResult } from '../../report/result.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../../virtual-operators.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { until } from '../until.js';
import { quietest } from './innocent.js';
import { OtherRequest, OtherTraffic } from './other-request.js';
import { orderProblems, refusedShares, round } from './refused-shares.js';
import { stillGood, useAgain } from './use-again.js';

export const PREFERENCE: CatalogueRow = {
  id: 'O01',
  title: 'nearly too much: admin goes first, then sign-ins, calls last',
  short: true,
};
export const OVERLOAD: CatalogueRow = { id: 'O01', title: 'three times what can be done', short: true };

/** Calls that one gateway works on at once. Small: what is too much must not be too much for the load itself. */
export const SEATS = 24;
/** How long an operator with the fault `slow` takes. */
const CALL_MS = 200;
const OTHERS_PER_SECOND = 25;
const NORMAL_WITHIN_MS = 2_000;
const OPERATORS = MAIN_OPERATORS.map(({ id }) => id);

const OTHERS: readonly OtherRequest[] = [
  { urgency: 'finish', method: 'POST', path: '/token', form: 'grant_type=authorization_code' },
  { urgency: 'start', method: 'GET', path: '/authorize?client_id=nobody' },
  { urgency: 'rest', method: 'GET', path: '/admin/v1/me' },
];

/**
 * Gateways with few seats before operators that take their time: what is too much is known exactly, and is not a
 * matter of this machine.
 * @param run of gateways with {@link SEATS} seats
 */
export async function runGlobalOverload(run: Run, wanted: readonly CatalogueRow[]): Promise<void> {
  const { world } = run;
  for (const operator of OPERATORS) await world.sim.fault({ operator, fault: 'slow' });
  const capacity = (world.gateways.length * SEATS * 1_000) / CALL_MS;
  if (wanted.includes(PREFERENCE)) await prove(run, PREFERENCE, 'o01a', capacity, 0.6);
  if (wanted.includes(OVERLOAD)) await prove(run, OVERLOAD, 'o01b', capacity, 3);
  for (const operator of OPERATORS) await world.sim.heal(operator);
}

async function prove(
  run: Run,
  row: CatalogueRow,
  label: string,
  capacity: number,
  times: number,
): Promise<void> {
  const one = (nth: number): Promise<RowResult> => attempt(run, row, `${label}${nth}`, capacity, times);
  run.report.add(await quietest(run, one));
}

async function attempt(
  run: Run,
  row: CatalogueRow,
  label: string,
  capacity: number,
  times: number,
): Promise<RowResult> {
  const { baseline, load, profile, thresholds, world } = run;
  const startedAt = performance.now();
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const { tenants } = world;
  const common = { kind: 'victim', operatorIds: OPERATORS, tenants };
  const pool = new Pool(world.balancer.url, { connections: 128 });
  const traffic = new OtherTraffic(pool, OTHERS, OTHERS_PER_SECOND);
  const order = { ...common, label, ratePerSecond: capacity * times };
  const records = await load.run({ ...order, durationMs: profile.overloadMs });
  const others = await traffic.stop();
  const normalMs = await normalAgain(run, `${label}n`);
  const stallMs = stalls.end();
  await pool.destroy();
  const passed = records.filter(({ status }) => status === 200);
  const refused = records.filter(({ status }) => status !== 200);
  const again = await useAgain(run, refused);
  const evidence = await readEvidence(world, label, [...records, ...again], from);
  const shares = refusedShares(records, others);
  const goodput = passed.length / (profile.overloadMs / 1_000);
  const p99Ms = quantile(passed.map(msOf), 0.99);
  const allowedMs = CALL_MS + baseline.p99Ms + thresholds.overloadSlackMs + stallMs;
  const refusedP50 = quantile(refused.map(msOf), 0.5);
  const calm = stallMs <= thresholds.calmStallMs;
  const problems = orderProblems(shares);
  if (p99Ms > allowedMs) problems.push(`I6: p99 of what passed ${p99Ms} ms; bound ${allowedMs} ms`);
  if (normalMs === undefined) problems.push(`not back to normal within ${NORMAL_WITHIN_MS} ms`);
  if (row === OVERLOAD) {
    problems.push(...stillGood(again, 3));
    const share = goodput / capacity;
    // Gateways whose own turn comes late rightly take on less: that says nothing of one that is not held up.
    if (calm && share < thresholds.overloadGoodputShare)
      problems.push(`goodput only ${share} of the capacity`);
    if (refusedP50 > thresholds.openCircuitMedianMs + stallMs)
      problems.push(`slow to refuse: ${refusedP50} ms`);
  }
  return verdictOn({
    ...row,
    phase: 'overload',
    startedAt,
    problems,
    violations: [
      ...everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs),
      ...refused
        .filter(({ code, status }) => status !== 503 || code !== 'UNAVAILABLE')
        .map(({ jti, code, status }) => violation('row', jti, `refused by ${status} ${code}`)),
      ...others
        .filter(({ illegal }) => illegal !== '')
        .map(({ illegal, urgency }) => violation('I2', urgency, illegal)),
    ],
    figures: {
      capacity,
      offered: Math.round(records.length / (profile.overloadMs / 1_000)),
      goodput: Math.round(goodput),
      'p99 passed': p99Ms,
      'p50 refused': refusedP50,
      ...Object.fromEntries(Object.entries(shares).map(([name, share]) => [`${name} refused`, round(share)])),
      'used again': again.length,
      'normal after': normalMs ?? 'never',
      'goodput judged': calm ? 'yes' : 'no, the machine is held up',
      stall: stallMs,
    },
  });
}

const msOf = ({ ms }: LoadRecord): number => ms;

/** @returns milliseconds until a handful of calls in a row went well; undefined: too late */
async function normalAgain({ load, world }: Run, label: string): Promise<number | undefined> {
  const began = performance.now();
  let lap = 0;
  const good = async (): Promise<boolean> => {
    const some = { label: `${label}${lap++}`, kind: 'after', operatorIds: OPERATORS, tenants: world.tenants };
    const records = await load.run({ ...some, ratePerSecond: 50, calls: 5 });
    return records.every(({ status }) => status === 200);
  };
  const came = await until(good, NORMAL_WITHIN_MS);
  return came ? Math.round(performance.now() - began) : undefined;
}
