import { setTimeout as sleep } from 'node:timers/promises';
import { ofOperator } from '../../check/all.js';
import { readEvidence } from '../../check/read-evidence.js';
import { makeAsk } from '../../load/ask.js';
import { LoadRecord } from '../../load/load-record.js';
import { RunningLoad } from '../../load/load.js';
import { Random } from '../../random.js';
import { OutageCase } from '../../rows/outage-cases.js';
import { sumOverPods } from '../../world/metrics-page.js';
import { Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { until } from '../until.js';
import { judgeOutage, Outage } from './judge-outage.js';

const LABEL = 'outage';
const RATE_PER_OPERATOR = 30;
const GOOD_FIRST = 4;
/** Shorter than a circuit stays open the first time, so that its first probe meets a healed operator. */
const OUTAGE_MS = 3_500;
/** Tokens of refused calls that are used again. */
const AGAIN = 5;

/** Everything at an operator fails at once, at many operators together; then all of it heals. */
export async function runOutages(run: Run, cases: readonly OutageCase[]): Promise<void> {
  const { load, thresholds, world } = run;
  const startedAt = performance.now();
  const urls = world.gateways.map(({ managementUrl }) => managementUrl);
  const halfOpens = (operator: string): Promise<number> =>
    sumOverPods(urls, 'nvgw_circuit_breaker_events_total', { operator, target: 'api', event: 'half_open' });
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const running = load.start({
    label: LABEL,
    kind: 'victim',
    operatorIds: cases.map(({ operator }) => operator),
    tenants: world.tenants,
    ratePerSecond: RATE_PER_OPERATOR * cases.length,
  });
  await until(() => cases.every(({ operator }) => good(running, operator, 0).length >= GOOD_FIRST), 10_000);
  for (const { operator, fault, pct = 100 } of cases) await world.sim.fault({ operator, fault, pct });
  const brokenAt = Date.now();
  await sleep(OUTAGE_MS);
  const probes = new Map(
    await Promise.all(cases.map(async ({ operator }) => [operator, await halfOpens(operator)] as const)),
  );
  const healedAt = Date.now();
  await Promise.all(cases.map(({ operator }) => world.sim.heal(operator)));
  const pods = world.gateways.map(({ name }) => name);
  const recovering = cases.filter(({ recovers }) => recovers !== false);
  const back = ({ operator }: OutageCase): boolean => {
    const answered = new Set(good(running, operator, healedAt).map(({ pod }) => pod));
    return pods.every((pod) => answered.has(pod));
  };
  await until(() => recovering.every(back), thresholds.recoverMs + 5_000);
  running.stop();
  const records = await running.done;
  const again = await useAgain(run, recovering, records, brokenAt, healedAt);
  const evidence = await readEvidence(world, LABEL, [...records, ...again], from);
  const stallMs = stalls.end();
  for (const one of cases) {
    const outage: Outage = {
      startedAt,
      brokenAt,
      healedAt,
      stallMs,
      pods,
      halfOpens: probes.get(one.operator)!,
      again: again.filter(({ operatorId }) => operatorId === one.operator),
    };
    judgeOutage(run, one, ofOperator(evidence, one.operator), outage);
  }
}

function good({ records }: RunningLoad, operatorId: string, since: number): LoadRecord[] {
  return records.filter((one) => one.operatorId === operatorId && one.status === 200 && one.sentAt >= since);
}

/** What was refused without being sent leaves its token good: the proof is to use it. */
async function useAgain(
  { load, options, world }: Run,
  cases: readonly OutageCase[],
  records: readonly LoadRecord[],
  brokenAt: number,
  healedAt: number,
): Promise<LoadRecord[]> {
  const random = new Random(`${options.seed}/again`);
  const operators = new Set(cases.filter(({ neverSent }) => neverSent).map(({ operator }) => operator));
  const refused = records.filter(
    ({ operatorId, sentAt, status }) =>
      operators.has(operatorId) && status >= 502 && sentAt > brokenAt + 100 && sentAt < healedAt - 100,
  );
  const chosen = [...Map.groupBy(refused, ({ operatorId }) => operatorId).values()].flatMap((group) =>
    group.filter(({ code }) => code !== 'UNAVAILABLE').slice(0, AGAIN),
  );
  const results: LoadRecord[] = [];
  for (const { jti, operation, operatorId, tenantId } of chosen) {
    const tenant = world.tenants.find((one) => one.tenantId === tenantId)!;
    const choice = { kind: 'again', tenant, operatorId, jti, operation };
    results.push(await load.once(makeAsk(world.minter, options.seed, random, choice)));
  }
  return results;
}
