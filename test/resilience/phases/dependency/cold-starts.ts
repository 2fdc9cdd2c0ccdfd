import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../../src/database/postgres-process.js';
import { makeAsk } from '../../load/ask.js';
import { Load } from '../../load/load.js';
import { Random } from '../../random.js';
import { MAIN_OPERATORS } from '../../virtual-operators.js';
import { GatewayProcess } from '../../world/gateway-process.js';
import { watchReplay } from '../../world/ledger-state.js';
import { CatalogueRow, Run } from '../phase.js';
import { until } from '../until.js';

export const COLD_START: CatalogueRow = {
  id: 'D01',
  title: 'starts while Postgres is away, from what it kept',
  short: true,
};
export const NOTHING_KEPT: CatalogueRow = {
  id: 'D02',
  title: 'starts while Postgres is away, with nothing kept: alive, not ready, ready when it is back',
  short: true,
};

const CALLS = 40;
const ALIVE_WITHIN_MS = 10_000;
const KEPT_WITHIN_MS = 20_000;

/** Killed and started again without Postgres, a gateway serves at once; its calls are in Postgres later. */
export async function runColdStart(run: Run): Promise<void> {
  const { report, thresholds, world } = run;
  const startedAt = performance.now();
  const gateway = world.gateways.at(-1)!;
  let readyMs: number;
  let problems: string[];
  await until(() => hasKept(run, gateway), KEPT_WITHIN_MS, 200);
  await world.postgres.wire.set({ down: true });
  try {
    await gateway.stop('SIGKILL');
    const began = performance.now();
    gateway.start();
    await gateway.ready();
    readyMs = performance.now() - began;
    problems = await callsAt(run, gateway, 'd01');
  } finally {
    await world.postgres.wire.heal();
  }
  if (readyMs > thresholds.coldStartMs) problems.push('that took too long');
  const { ms } = await watchReplay(world, thresholds.replayedWithinMs);
  if (ms === undefined) problems.push('the journals are not empty yet');
  problems.push(...(await onRecord(run, 'd01')));
  const figures = { 'ready ms': Math.round(readyMs), calls: CALLS };
  report.judge({ ...COLD_START, phase: 'dependency', startedAt, problems, figures });
}

/** A process that has never seen Postgres waits for it without ending, and without taking calls. */
export async function runNothingKept(run: Run): Promise<void> {
  const { report, thresholds, world } = run;
  const startedAt = performance.now();
  const dataDir = join(world.options.folder, 'gateway-new');
  mkdirSync(dataDir, { recursive: true });
  const like = world.gateways[0]!.options;
  const gateway = new GatewayProcess({
    name: 'gateway-new',
    port: await freePort(),
    managementPort: await freePort(),
    logFile: join(world.options.folder, 'gateway-new.log'),
    env: { ...like.env, DATA_DIR: dataDir },
  });
  const problems: string[] = [];
  let readyMs = Infinity;
  await world.postgres.wire.set({ down: true });
  try {
    gateway.start();
    if (!(await until(() => isLive(gateway), ALIVE_WITHIN_MS))) problems.push('not alive');
    if (await gateway.isReady()) problems.push('ready without anything to serve from');
    await world.postgres.wire.heal();
    const began = performance.now();
    await gateway.ready();
    readyMs = performance.now() - began;
    problems.push(...(await callsAt(run, gateway, 'd02')), ...(await onRecord(run, 'd02')));
  } finally {
    await world.postgres.wire.heal();
    const exit = await gateway.stop();
    if (exit !== 0) problems.push(`ended with ${exit}`);
  }
  if (readyMs > thresholds.readyAfterReturnMs) problems.push('that took too long');
  const figures = { 'ready ms': Math.round(readyMs), calls: CALLS };
  report.judge({ ...NOTHING_KEPT, phase: 'dependency', startedAt, problems, figures });
}

async function isLive({ managementUrl }: GatewayProcess): Promise<boolean> {
  try {
    return (await fetch(`${managementUrl}/livez`)).status === 200;
  } catch {
    return false;
  }
}

/** Copies are written at most every 15 s: a tenant that was suspended by the row before may still be so in the last. */
async function hasKept({ world }: Run, { options }: GatewayProcess): Promise<boolean> {
  const { rows } = await world.pool.query<{ moved_at: Date }>('SELECT moved_at FROM tenants_revision');
  const copy = join(options.env['DATA_DIR']!, 'last-known-good/tenants');
  return statSync(copy).mtime > rows[0]!.moved_at;
}

/** @returns which of some calls at this gateway did not go well */
async function callsAt({ options, world }: Run, gateway: GatewayProcess, label: string): Promise<string[]> {
  const load = new Load({ url: gateway.url, minter: world.minter, seed: options.seed });
  const random = new Random(`${options.seed}/${label}`);
  const problems: string[] = [];
  for (let n = 0; n < CALLS; n++) {
    const { id: operatorId } = random.pick(MAIN_OPERATORS);
    const choice = { kind: 'victim', tenant: random.pick(world.tenants), operatorId, jti: `${label}-${n}` };
    const { code, expected, illegal, status, verdict } = await load.once(
      makeAsk(world.minter, options.seed, random, choice),
    );
    if (verdict !== expected || illegal !== '') problems.push(`answered ${status} ${code} ${illegal}`);
  }
  await load.close();
  return problems;
}

async function onRecord({ world }: Run, label: string): Promise<string[]> {
  const count = async (): Promise<number> => {
    const { rows } = await world.pool.query<{ rows: number }>(
      'SELECT count(*)::int AS rows FROM usage_ledger WHERE jti LIKE $1 AND result IS NOT NULL',
      [`${label}-%`],
    );
    return rows[0]!.rows;
  };
  await until(async () => (await count()) === CALLS, 5_000, 100);
  const rows = await count();
  return rows === CALLS ? [] : [`${rows} of ${CALLS} calls are on record`];
}
