import { setTimeout as sleep } from 'node:timers/promises';
import { everyCall, quantile } from '../../check/all.js';
import { recoveredIn } from '../../check/bounds.js';
import { readEvidence } from '../../check/read-evidence.js';
import { makeAsk } from '../../load/ask.js';
import { LoadRecord } from '../../load/load-record.js';
import { Random } from '../../random.js';
import { DEADLINE_MS } from '../../virtual-operators.js';
import { sumOverPods } from '../../world/metrics-page.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { until } from '../until.js';
import { limitTenant } from './limit-tenant.js';

const OPERATOR = 'spare-15';
const LABEL = 'o04';
const RATE = 100;
const RETRIES = 3;
const OUTAGE_MS = 3_000;
const WATCHED_MS = 3_000;
/** Of each tenant at once, in all gateways. */
const CONCURRENT = 8;
const STORMING = 5;

export const RETRY_STORM: CatalogueRow = {
  id: 'O04',
  title: 'three retries of every call after an outage',
  short: false,
};

/** Everybody tries again at once, and again: the operator that has just come back must not go down by it. */
export async function runRetryStorm(run: Run): Promise<void> {
  const { load, report, thresholds, world } = run;
  const startedAt = performance.now();
  const tenants = world.tenants.slice(10, 10 + STORMING);
  for (const tenant of tenants) await limitTenant(world, tenant, { concurrent: CONCURRENT });
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const storm = new Storm(run);
  const running = load.start({
    label: LABEL,
    kind: 'victim',
    operatorIds: [OPERATOR],
    tenants,
    ratePerSecond: RATE,
  });
  const follow = setInterval(() => storm.follow(running.records), 5);
  await until(() => running.records.length > 20, 5_000);
  await world.sim.fault({ operator: OPERATOR, fault: '500' });
  await sleep(OUTAGE_MS);
  await world.sim.heal(OPERATOR);
  const healedAt = Date.now();
  const pods = world.gateways.map(({ name }) => name);
  const all = (): LoadRecord[] => [...running.records, ...storm.records];
  const back = (): boolean => {
    const good = all().filter(({ sentAt, status }) => status === 200 && sentAt >= healedAt);
    return pods.every((name) => good.some(({ pod }) => pod === name));
  };
  const came = await until(back, thresholds.recoverMs + 5_000);
  const backAt = Date.now();
  const opened = await openings(run);
  await sleep(WATCHED_MS);
  const openedAgain = (await openings(run)) - opened;
  running.stop();
  await running.done;
  clearInterval(follow);
  await storm.over();
  const stallMs = stalls.end();
  for (const tenant of tenants) await limitTenant(world, tenant, {});
  const evidence = await readEvidence(world, LABEL, all(), from);
  const later = running.records.filter(({ sentAt }) => sentAt > backAt);
  const failed = later.filter(({ status }) => status >= 500 || status === 0);
  const share = failed.length / Math.max(1, later.length);
  report.judge({
    ...RETRY_STORM,
    phase: 'overload',
    startedAt,
    violations: [
      ...everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs),
      ...recoveredIn(came ? backAt - healedAt : undefined, thresholds.recoverMs),
    ],
    problems: [
      ...(openedAgain > 0 ? [`circuits opened ${openedAgain} times after the operator was back`] : []),
      ...(share > thresholds.stormFailedShare ? [`${share} of the calls failed after it was back`] : []),
      ...(storm.records.length < running.records.length / 4 ? ['there was no storm'] : []),
    ],
    figures: {
      calls: running.records.length,
      retries: storm.records.length,
      arrived: evidence.sim.length,
      recovery: came ? backAt - healedAt : 'not seen',
      'failed afterwards': failed.length,
      p100: quantile(
        evidence.load.map(({ ms }) => ms),
        1,
      ),
      stall: stallMs,
    },
  });
}

function openings({ world }: Run): Promise<number> {
  const urls = world.gateways.map(({ managementUrl }) => managementUrl);
  const labels = { operator: OPERATOR, target: 'api', event: 'open' };
  return sumOverPods(urls, 'nvgw_circuit_breaker_events_total', labels);
}

/** Tries again whatever failed, at once: with the same token where none was spent, else with a new one. */
class Storm {
  readonly records: LoadRecord[] = [];
  private readonly pending = new Set<Promise<void>>();
  private readonly random: Random;
  private followed = 0;

  constructor(private readonly run: Run) {
    this.random = new Random(`${run.options.seed}/storm`);
  }

  follow(records: readonly LoadRecord[]): void {
    for (; this.followed < records.length; this.followed++) {
      const chase = this.chase(records[this.followed]!).finally(() => this.pending.delete(chase));
      this.pending.add(chase);
    }
  }

  async over(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  private async chase(first: LoadRecord): Promise<void> {
    const { load, options, world } = this.run;
    const tenant = world.tenants.find(({ tenantId }) => tenantId === first.tenantId)!;
    let last = first;
    for (let retry = 1; retry <= RETRIES && last.status !== 200; retry++) {
      const jti = last.status === 503 || last.status === 429 ? last.jti : `${first.jti}-${retry}`;
      const { operation, operatorId } = first;
      const choice = { kind: 'retry', tenant, operatorId, jti, operation };
      last = await load.once(makeAsk(world.minter, options.seed, this.random, choice));
      this.records.push(last);
    }
  }
}
