import { setTimeout as sleep } from 'node:timers/promises';
import { violation, Violation } from '../../check/evidence.js';
import { LoadRecord } from '../../load/load-record.js';
import { MAIN_OPERATORS } from '../../virtual-operators.js';
import { SeededTenant } from '../../world/seed-tenants.js';
import { sumOverPods } from '../../world/metrics-page.js';
import { WorldRedis } from '../../world/redis.js';
import { verdictOn } from '../../report/report.js';
import { RowResult } from '../../report/result.js';
import { quietest } from '../overload/innocent.js';
import { RedisOutage } from '../../rows/redis-outages.js';
import { Run } from '../phase.js';
import { until } from '../until.js';
import { figuresOf, nothingHappened, runSpell, Spell } from './spell.js';

/** Those whose limit is never met still ask Redis. */
const WIDE = { ratePerSecond: 10_000, burst: 10_000 };
const NARROW = { ratePerSecond: 20, burst: 20 };
const NARROW_ASKED = 60;
const LASTS_MS = 6_000;
/** A Redis that forgets gives one burst more, and processes that count alone begin with their part of another. */
const SLACK_CALLS = 2.5 * NARROW.burst;
const KNOWN_WITHIN_MS = 2_500;
const DEGRADED_WITHIN_MS = 3_000;
/** A probe a second, each of which must be answered within 5 ms by a machine that is busy with the load. */
const BACK_WITHIN_MS = 15_000;

/** Nobody waits for Redis, and no limit is off without it. */
export async function runRedisOutages(run: Run, outages: readonly RedisOutage[]): Promise<void> {
  const { report, world } = run;
  const { redis, tenants } = world;
  if (!redis) {
    const problems = ['no redis-server is installed'];
    for (const { id, title } of outages) {
      report.add({ id, title, phase: 'dependency', seconds: 0, outcome: 'skip', problems, figures: {} });
    }
    return;
  }
  const [limited, ...others] = tenants;
  await setLimits(run, others, WIDE);
  await setLimits(run, [limited!], NARROW);
  await sleep(KNOWN_WITHIN_MS);
  try {
    for (const outage of outages) {
      report.add(
        await quietest(run, (nth) => tryRedisOutage(run, redis, outage, limited!, outage.label + nth)),
      );
    }
  } finally {
    await setLimits(run, tenants, {});
    await sleep(KNOWN_WITHIN_MS);
  }
}

async function tryRedisOutage(
  run: Run,
  redis: WorldRedis,
  outage: RedisOutage,
  limited: SeededTenant,
  label: string,
): Promise<RowResult> {
  const { load, world } = run;
  const urls = world.gateways.map(({ managementUrl }) => managementUrl);
  const degraded = (): Promise<number> => sumOverPods(urls, 'nvgw_limiter_degraded');
  const problems: string[] = [];
  if (!(await until(async () => (await degraded()) === 0, DEGRADED_WITHIN_MS))) {
    problems.push('Redis did not decide before');
  }
  const noisy = load.start({
    label: `${label}noisy`,
    kind: 'noisy',
    operatorIds: MAIN_OPERATORS.map(({ id }) => id),
    tenants: [limited],
    ratePerSecond: NARROW_ASKED,
  });
  const spell = await runSpell(run, {
    label,
    tenants: world.tenants.filter((one) => one !== limited),
    lastsMs: LASTS_MS,
    breaks: () => outage.breaks(redis),
    meanwhile: async () => {
      const noticed = await until(async () => (await degraded()) === urls.length, DEGRADED_WITHIN_MS);
      if (outage.degrades && !noticed) problems.push('the gateways still asked Redis');
    },
    heals: () => outage.heals(redis),
    recovered: async () => {
      const back = await until(async () => (await degraded()) === 0, BACK_WITHIN_MS);
      if (!back) problems.push('Redis does not decide again');
    },
  });
  noisy.stop();
  const asked = await noisy.done;
  const through = passed(asked, spell.brokenAt, spell.healedAt);
  return verdictOn({
    id: outage.id,
    title: outage.title,
    phase: 'dependency',
    startedAt: spell.startedAt,
    violations: [...nothingHappened(run, spell), ...limitHeld(asked, spell)],
    problems,
    figures: { ...figuresOf(spell), 'limited through': through.length, of: asked.length },
  });
}

function passed(asked: readonly LoadRecord[], from: number, to: number): LoadRecord[] {
  return asked.filter(({ sentAt, status }) => sentAt >= from && sentAt < to && status !== 429);
}

/** The tenant got no more than its rate, and was told 429 for the rest. */
function limitHeld(asked: readonly LoadRecord[], { brokenAt, healedAt }: Spell): Violation[] {
  const seconds = (healedAt - brokenAt) / 1_000;
  const most = NARROW.ratePerSecond * seconds + SLACK_CALLS;
  const through = passed(asked, brokenAt, healedAt).length;
  const odd = asked.filter(({ status, illegal }) => ![200, 429].includes(status) || illegal !== '');
  return [
    ...odd.map(({ code, illegal, jti, status }) => violation('I2', jti, `${status} ${code} ${illegal}`)),
    ...(through > most ? [violation('row', '', `${through} calls passed, ${Math.round(most)} may`)] : []),
    ...(through < seconds ? [violation('row', '', `only ${through} calls passed`)] : []),
  ];
}

async function setLimits(
  { world }: Run,
  tenants: readonly SeededTenant[],
  limits: Readonly<Record<string, number>>,
): Promise<void> {
  await world.pool.query('UPDATE subscriptions SET limits = $2 WHERE id = ANY ($1::uuid[])', [
    tenants.map(({ subscriptionId }) => subscriptionId),
    JSON.stringify(limits),
  ]);
}
