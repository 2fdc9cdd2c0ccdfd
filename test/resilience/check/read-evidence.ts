import { setTimeout as sleep } from 'node:timers/promises';
import { LoadRecord } from '../load/load-record.js';
import { World } from '../world/world.js';
import { Evidence, LedgerRow } from './evidence.js';

const ROWS = `
SELECT jti, id, tenant_id AS "tenantId", subscription_id AS "subscriptionId", operator_id AS "operatorId",
       operation, result, http_status AS "httpStatus", blame, billable, correlator
FROM usage_ledger WHERE jti LIKE $1`;

/** Outcomes follow their answers by some milliseconds; after an outage by as long as the replay takes. */
const OUTCOMES_WITHIN_MS = 10_000;

/** The ledger's rows of one load. @param label of the load; no other load's begins with it */
async function readRows(world: World, label: string): Promise<LedgerRow[]> {
  const { rows } = await world.pool.query<LedgerRow>(ROWS, [`${label}-%`]);
  return rows;
}

/**
 * What all three parties say about one load, once every outcome is written or will not be any more.
 * @param from place in the simulator's ledger where the load began
 */
export async function readEvidence(
  world: World,
  label: string,
  load: readonly LoadRecord[],
  from: number,
  outcomesWithinMs = OUTCOMES_WITHIN_MS,
): Promise<Evidence> {
  let rows = await readRows(world, label);
  for (const until = Date.now() + outcomesWithinMs; Date.now() < until; rows = await readRows(world, label)) {
    if (rows.every(({ result }) => result !== null)) break;
    await sleep(100);
  }
  const prefix = `${label}-`;
  const sim = (await world.sim.recordsSince(from)).filter(({ jti }) => jti.startsWith(prefix));
  return { load, sim, rows };
}
