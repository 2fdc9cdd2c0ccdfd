import { LoadRecord } from '../../load/load-record.js';
import { everyCall } from '../../check/all.js';
import { violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../../virtual-operators.js';
import { SeededTenant } from '../../world/seed-tenants.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { limitTenant } from './limit-tenant.js';
import { stillGood, useAgain } from './use-again.js';

const QUOTA = 100;
const CALLS = 220;
const RATE = 100;

export const SHARED_QUOTA: CatalogueRow = {
  id: 'O08',
  title: 'a quota at its end, counted by two gateways together',
  short: true,
};
export const DIVIDED_QUOTA: CatalogueRow = {
  id: 'O08',
  title: 'a quota at its end, two gateways without Redis',
  short: false,
};

/** With Redis the last call of the quota is the last one, whichever gateway gets it. */
export async function runSharedQuota(run: Run): Promise<void> {
  const { report, thresholds, world } = run;
  if (!world.redis) {
    const problems = ['no redis-server is installed'];
    report.add({
      ...SHARED_QUOTA,
      phase: 'overload',
      outcome: 'skip',
      seconds: 0,
      problems,
      figures: {},
    });
    return;
  }
  await judgeQuota(run, SHARED_QUOTA, 'o08r', world.tenants[2]!, thresholds.sharedQuotaSlack);
}

/** @param run of gateways that know of no Redis */
export function runDividedQuota(run: Run): Promise<void> {
  return judgeQuota(run, DIVIDED_QUOTA, 'o08m', run.world.tenants[3]!, run.thresholds.dividedQuotaSlack);
}

async function judgeQuota(
  run: Run,
  row: CatalogueRow,
  label: string,
  tenant: SeededTenant,
  slack: number,
): Promise<void> {
  const { load, report, thresholds, world } = run;
  const startedAt = performance.now();
  await limitTenant(world, tenant, { perDay: QUOTA });
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const records = await load.run({
    label,
    kind: 'quota',
    operatorIds: MAIN_OPERATORS.map(({ id }) => id),
    tenants: [tenant],
    ratePerSecond: RATE,
    calls: CALLS,
  });
  const stallMs = stalls.end();
  await limitTenant(world, tenant, {});
  const passed = records.filter(({ status }) => status === 200);
  const refused = records.filter(({ status }) => status === 429);
  const again = await useAgain(run, refused);
  const evidence = await readEvidence(world, label, [...records, ...again], from);
  report.judge({
    ...row,
    phase: 'overload',
    startedAt,
    violations: [
      ...everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs),
      ...records.filter(isOddlyRefused).map(({ jti, status, code }) => {
        return violation('row', jti, `refused by ${status} ${code}`);
      }),
    ],
    problems: [
      ...stillGood(again, 3),
      ...(passed.length > QUOTA ? [`${passed.length} calls passed; quota ${QUOTA}`] : []),
      ...(passed.length < QUOTA * (1 - slack) ? [`only ${passed.length} of ${QUOTA} passed`] : []),
    ],
    figures: { quota: QUOTA, asked: records.length, passed: passed.length, refused: refused.length },
  });
}

/** Beside the quota's own refusal, and that of a machine that is too busy, nothing may go wrong. */
function isOddlyRefused({ code, retryAfter, status }: LoadRecord): boolean {
  if (status === 503) return false;
  return status !== 200 && (code !== 'QUOTA_EXCEEDED' || !(Number(retryAfter) >= 1));
}
