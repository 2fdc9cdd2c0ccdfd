import { answerOf } from '../../check/all.js';
import { makeAsk } from '../../load/ask.js';
import { Load } from '../../load/load.js';
import { Random } from '../../random.js';
import { SeededTenant } from '../../world/seed-tenants.js';
import { sumOverPods } from '../../world/metrics-page.js';
import { CatalogueRow, Run } from '../phase.js';
import { until } from '../until.js';

/** Name of the connection that hears of changes, as the gateway gives it to Postgres. */
const LISTENER = 'gateway-listen';

interface Propagation extends CatalogueRow {
  readonly label: string;
  /** The connection that hears of changes stands, and says nothing. */
  readonly deaf: boolean;
}

export const PROPAGATIONS: readonly Propagation[] = [
  {
    id: 'C38',
    title: 'a suspended tenant is refused everywhere within 2 s, and back as soon',
    label: 'c38',
    deaf: false,
    short: false,
  },
  {
    id: 'D14',
    title: 'the same while nobody hears of changes: connection dead, TCP open',
    label: 'd14',
    deaf: true,
    short: true,
  },
];

const ROUNDS = { short: 2, full: 6 };
const OPERATOR = 'main-21';
const GIVE_UP_MS = 10_000;
const SUSPENDED = '403 PERMISSION_DENIED';

/** What is changed in the database is in force in every process in time, whether they hear of it or look. */
export async function runPropagation(run: Run, { label, deaf, ...row }: Propagation): Promise<void> {
  const { options, profile, report, thresholds, world } = run;
  const startedAt = performance.now();
  const loads = world.gateways.map(({ url }) => new Load({ url, minter: world.minter, seed: options.seed }));
  const tenant = world.tenants.at(-1)!;
  const times: number[] = [];
  if (deaf) await world.postgres.wire.set({ blackholeOf: LISTENER });
  try {
    for (let round = 0; round < ROUNDS[profile.name]; round++) {
      for (const suspended of [true, false]) {
        times.push(...(await change(run, { loads, tenant, suspended, label: `${label}-${round}` })));
      }
    }
  } finally {
    await world.postgres.wire.heal();
    await setSuspended(run, tenant, false);
  }
  await Promise.all(loads.map((load) => load.close()));
  const urls = world.gateways.map(({ managementUrl }) => managementUrl);
  const heard = (): Promise<number> => sumOverPods(urls, 'nvgw_db_listen_connected');
  const problems = times
    .filter((ms) => ms > thresholds.propagationMs)
    .map((ms) => `in force after ${Math.round(ms)} ms`);
  if (!(await until(async () => (await heard()) === urls.length, GIVE_UP_MS))) {
    problems.push('the connection that hears of changes is not made again');
  }
  const sorted = times.toSorted((a, b) => a - b);
  report.judge({
    ...row,
    phase: 'dependency',
    startedAt,
    problems,
    figures: {
      changes: times.length,
      'p50 ms': Math.round(sorted[Math.floor(sorted.length / 2)]!),
      'p100 ms': Math.round(sorted.at(-1)!),
    },
  });
}

interface Change {
  readonly loads: readonly Load[];
  readonly tenant: SeededTenant;
  readonly suspended: boolean;
  readonly label: string;
}

/** @returns for each gateway after how many milliseconds it went by the change */
async function change(run: Run, { loads, tenant, suspended, label }: Change): Promise<number[]> {
  const { options, world } = run;
  const random = new Random(`${options.seed}/${label}/${suspended}`);
  await setSuspended(run, tenant, suspended);
  const began = performance.now();
  const wanted = suspended ? SUSPENDED : '200';
  return Promise.all(
    loads.map(async (load, pod) => {
      let asked = 0;
      const inForce = async (): Promise<boolean> => {
        const jti = `${label}-${suspended ? 's' : 'r'}-${pod}-${asked++}`;
        const choice = { kind: 'probe', tenant, operatorId: OPERATOR, jti };
        const record = await load.once(makeAsk(world.minter, options.seed, random, choice));
        return answerOf(record) === wanted;
      };
      return (await until(inForce, GIVE_UP_MS)) ? performance.now() - began : Infinity;
    }),
  );
}

async function setSuspended({ world }: Run, { tenantId }: SeededTenant, yes: boolean): Promise<void> {
  await world.pool.query('UPDATE tenants SET status = $2 WHERE id = $1', [
    tenantId,
    yes ? 'suspended' : 'active',
  ]);
}
