import { makeAsk } from '../../load/ask.js';
import { LoadRecord } from '../../load/load-record.js';
import { Load } from '../../load/load.js';
import { Random } from '../../random.js';
import { allRecordIn, watchReplay } from '../../world/ledger-state.js';
import { CatalogueRow, Run } from '../phase.js';
import { until } from '../until.js';

export const DOUBLE_DISPATCH: CatalogueRow = {
  id: 'D25',
  title: 'the same token at both gateways while Postgres is away',
  short: true,
};

const LABEL = 'd25';
const TOKENS = 10;
const OPERATOR = 'main-21';
const NOTICED_WITHIN_MS = 5_000;

/** The operator refuses the second call; afterwards both are on record, and at most one of them is billable. */
export async function runDoubleDispatch(run: Run): Promise<void> {
  const { load, options, report, thresholds, world } = run;
  const startedAt = performance.now();
  const problems: string[] = [];
  const random = new Random(`${options.seed}/${LABEL}`);
  const [tenant] = world.tenants;
  const loads = world.gateways.map(({ url }) => new Load({ url, minter: world.minter, seed: options.seed }));
  const pairs: LoadRecord[][] = [];
  await world.postgres.wire.set({ down: true });
  try {
    // Somebody has to meet the outage before it is known.
    const noticing = load.start({
      label: 'd25notice',
      kind: 'victim',
      operatorIds: [OPERATOR],
      tenants: world.tenants,
      ratePerSecond: 50,
    });
    if (!(await until(() => allRecordIn(world, 'journal'), NOTICED_WITHIN_MS))) problems.push('not noticed');
    noticing.stop();
    await noticing.done;
    for (let n = 0; n < TOKENS; n++) {
      const choice = { kind: 'twice', tenant: tenant!, operatorId: OPERATOR, jti: `${LABEL}-${n}` };
      const ask = makeAsk(world.minter, options.seed, random, choice);
      pairs.push(await Promise.all(loads.map((one) => one.once(ask))));
    }
  } finally {
    await world.postgres.wire.heal();
  }
  const { ms } = await watchReplay(world, thresholds.replayedWithinMs);
  if (ms === undefined) problems.push('the journals are not empty yet');
  await Promise.all(loads.map((one) => one.close()));
  problems.push(...pairs.flatMap(complaints), ...(await recordComplaints(run)));
  const statuses = Map.groupBy(pairs.flat(), ({ status }) => status);
  report.judge({
    ...DOUBLE_DISPATCH,
    phase: 'dependency',
    startedAt,
    problems,
    figures: Object.fromEntries([...statuses].map(([status, group]) => [String(status), group.length])),
  });
}

function complaints(pair: readonly LoadRecord[]): string[] {
  const found = pair.filter(({ illegal }) => illegal !== '').map(({ illegal }) => illegal);
  const good = pair.filter(({ status }) => status === 200);
  if (good.length > 1) found.push('two verdicts for one token');
  if (good.some(({ expected, verdict }) => verdict !== expected)) found.push('a wrong verdict');
  const refused = pair.filter(({ status }) => status === 401);
  if (good.length + refused.length !== pair.length) {
    found.push(`answered ${pair.map(({ status, code }) => `${status} ${code}`).join(' and ')}`);
  }
  return found;
}

/** @returns what is wrong with the record of the two calls of each token */
async function recordComplaints({ world }: Run): Promise<string[]> {
  const { rows } = await world.pool.query<{ standing: number; doubles: number; billable: number }>(
    `WITH calls AS (
       SELECT jti, billable, 1 AS stands FROM usage_ledger WHERE jti LIKE $1
       UNION ALL SELECT jti, billable, 0 FROM ledger_double_dispatches WHERE jti LIKE $1)
     SELECT sum(stands)::int AS standing, sum(1 - stands)::int AS doubles,
            (count(*) FILTER (WHERE billable))::int AS billable
     FROM calls GROUP BY jti`,
    [`${LABEL}-%`],
  );
  const found = rows
    .filter(({ standing, doubles, billable }) => standing !== 1 || doubles !== 1 || billable > 1)
    .map(({ standing, doubles, billable }) => `${standing} rows, ${doubles} doubles, ${billable} billable`);
  return rows.length === TOKENS ? found : [`${rows.length} of ${TOKENS} tokens are on record`, ...found];
}
