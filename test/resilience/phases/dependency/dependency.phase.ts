import { setTimeout as sleep } from 'node:timers/promises';
import { SignIns } from '../../load/sign-in.js';
import { COVERED_DEPENDENCIES, UNPROVEN_DEPENDENCIES } from '../../rows/dependencies-elsewhere.js';
import { POSTGRES_OUTAGES } from '../../rows/postgres-outages.js';
import { REDIS_OUTAGES } from '../../rows/redis-outages.js';
import { nameElsewhere, rowsElsewhere } from '../elsewhere.js';
import { CatalogueRow, Phase, Run } from '../phase.js';
import { CLOSED_POLICY, runClosedPolicy } from './closed-policy.js';
import { COLD_START, NOTHING_KEPT, runColdStart, runNothingKept } from './cold-starts.js';
import { DOUBLE_DISPATCH, runDoubleDispatch } from './double-dispatch.js';
import { runPostgresOutage } from './postgres-outages.js';
import { PROPAGATIONS, runPropagation } from './propagation.js';
import { runScrapes, SCRAPES } from './scrapes.js';
import { runRedisOutages } from './redis-outages.js';

const ELSEWHERE = { covered: COVERED_DEPENDENCIES, unproven: UNPROVEN_DEPENDENCIES };
const SIGN_IN_OPERATOR = 'main-20';
/** A gateway sees a change within two seconds. */
const KNOWN_WITHIN_MS = 2_500;

const SINGLE: readonly (readonly [CatalogueRow, (run: Run) => Promise<void>])[] = [
  [DOUBLE_DISPATCH, runDoubleDispatch],
  [COLD_START, runColdStart],
  [NOTHING_KEPT, runNothingKept],
  [SCRAPES, runScrapes],
  [CLOSED_POLICY, runClosedPolicy],
];

/** What the gateways say of a Postgres that is away, once each time. */
export const SAID_OF_POSTGRES = [
  /Postgres does not take the rows of the ledger/,
  /Postgres does not answer: sign-ins/,
];

/** Postgres and Redis go away in every way there is; the innocent must not notice. */
export const dependencyPhase: Phase = {
  name: 'dependency',
  rows: [
    ...POSTGRES_OUTAGES.map(({ id, title, short = false }) => ({ id, title, short })),
    ...REDIS_OUTAGES.map(({ id, title, short }) => ({ id, title, short })),
    ...PROPAGATIONS.map(({ id, title, short }) => ({ id, title, short })),
    ...SINGLE.map(([row]) => row),
    ...rowsElsewhere(ELSEWHERE),
  ],
  run: async (run, wanted) => {
    const asked = ({ id, title }: { id: string; title: string }): boolean =>
      wanted.some((row) => row.id === id && row.title === title);
    run.expectedErrors.push(...SAID_OF_POSTGRES);
    // Each call that was refused for want of Postgres is our own fault, and said so.
    if (asked(CLOSED_POLICY)) run.expectedErrors.push(/"reason":"LEDGER_UNAVAILABLE"/);
    if (asked(DOUBLE_DISPATCH)) run.expectedErrors.push(/tokens were used twice while Postgres was away/);
    const outages = POSTGRES_OUTAGES.filter(asked);
    if (outages.length > 0) {
      const signIns = await SignIns.enable(run.world, run.world.tenants[0]!, SIGN_IN_OPERATOR);
      await sleep(KNOWN_WITHIN_MS);
      for (const outage of outages) await runPostgresOutage(run, outage, signIns);
    }
    const redis = REDIS_OUTAGES.filter(asked);
    if (redis.length > 0) await runRedisOutages(run, redis);
    for (const propagation of PROPAGATIONS.filter(asked)) await runPropagation(run, propagation);
    for (const [row, prove] of SINGLE) if (asked(row)) await prove(run);
    nameElsewhere(run, 'dependency', ELSEWHERE, wanted);
  },
};
