import { OVERLOAD_COVERED } from '../../rows/overload-covered.js';
import { nameElsewhere, rowsElsewhere } from '../elsewhere.js';
import { CatalogueRow, Phase, Run } from '../phase.js';
import { OVERLOAD, PREFERENCE, runGlobalOverload, SEATS } from './global-overload.js';
import { HUNG_OPERATOR, runHungOperator } from './hung-operator.js';
import { NOISY_TENANT, runNoisyTenant } from './noisy-tenant.js';
import { DIVIDED_QUOTA, runDividedQuota, runSharedQuota, SHARED_QUOTA } from './quota.js';
import { REPORTS, runReports } from './reports.js';
import { RETRY_STORM, runRetryStorm } from './retry-storm.js';
import { runTokenFlood, TOKEN_FLOOD } from './token-flood.js';

const ELSEWHERE = { covered: OVERLOAD_COVERED, unproven: [] };

const ROWS: readonly (readonly [CatalogueRow, (run: Run) => Promise<void>])[] = [
  [NOISY_TENANT, runNoisyTenant],
  [HUNG_OPERATOR, runHungOperator],
  [SHARED_QUOTA, runSharedQuota],
  [RETRY_STORM, runRetryStorm],
  [TOKEN_FLOOD, runTokenFlood],
  [REPORTS, runReports],
];

/** These need gateways of another kind: with few seats, and without Redis. */
const RESTARTED = [PREFERENCE, OVERLOAD, DIVIDED_QUOTA];

/** Too much of one tenant, of one operator, of everything: who did nothing must not notice. */
export const overloadPhase: Phase = {
  name: 'overload',
  rows: [...ROWS.map(([row]) => row), ...RESTARTED, ...rowsElsewhere(ELSEWHERE)],
  run: async (run, wanted) => {
    for (const [row, prove] of ROWS) if (wanted.includes(row)) await prove(run);
    if (RESTARTED.some((row) => wanted.includes(row))) {
      await restarted(run, { MAX_IN_FLIGHT: String(SEATS), REDIS_URL: '' });
      if (wanted.includes(DIVIDED_QUOTA)) await runDividedQuota(run);
      await runGlobalOverload(run, wanted);
      await restarted(run, {});
    }
    nameElsewhere(run, 'overload', ELSEWHERE, wanted);
  },
};

/** All at once: nobody is being served meanwhile. */
async function restarted({ world }: Run, env: Readonly<Record<string, string>>): Promise<void> {
  await Promise.all(
    world.gateways.map(async (gateway) => {
      // Nothing is under way; how they end is judged elsewhere.
      await gateway.stop('SIGKILL');
      gateway.start(env);
      await gateway.ready();
    }),
  );
  await world.balancer.check();
}
