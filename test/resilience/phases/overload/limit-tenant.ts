import { randomUUID } from 'node:crypto';
import { LimitSet } from '../../../../src/contract/limit-set.js';
import { SHARE_SCOPE } from '../../../../src/contract/number-verification.js';
import { MAIN_OPERATORS } from '../../virtual-operators.js';
import { SeededTenant } from '../../world/seed-tenants.js';
import { World } from '../../world/world.js';
import { until } from '../until.js';

const KNOWN_WITHIN_MS = 10_000;
const OPERATOR = MAIN_OPERATORS.find(({ share }) => share)!.id;

/**
 * Limits a tenant's subscription, and waits until every gateway goes by it.
 * @throws Error when one does not
 */
export async function limitTenant(world: World, tenant: SeededTenant, limits: LimitSet): Promise<void> {
  await world.pool.query('UPDATE subscriptions SET limits = $2 WHERE id = $1', [
    tenant.subscriptionId,
    JSON.stringify(limits),
  ]);
  const expected = quotasOf(limits).join();
  for (const { name, url } of world.gateways) {
    const known = async (): Promise<boolean> => (await toldBy(world, url, tenant)).join() === expected;
    if (!(await until(known, KNOWN_WITHIN_MS, 100))) throw new Error(`${name} does not learn of new limits`);
  }
}

function quotasOf({ ratePerSecond, burst, ...rest }: LimitSet): number[] {
  const rate = ratePerSecond === undefined ? [] : [burst ?? Math.max(1, Math.ceil(ratePerSecond))];
  return [...rate, ...Object.values(rest)].filter((one) => one !== undefined).sort((a, b) => a - b);
}

/** A call that is refused for its correlator has been through the limiter, and shows how it stands. */
async function toldBy(world: World, url: string, tenant: SeededTenant): Promise<number[]> {
  const mintage = { jti: `probe-${randomUUID()}`, tenant, operatorId: OPERATOR, scope: SHARE_SCOPE };
  const answer = await fetch(`${url}/number-verification/v2/device-phone-number`, {
    headers: { authorization: `Bearer ${world.minter.token(mintage)}`, 'x-correlator': 'not one' },
  });
  await answer.arrayBuffer();
  const policy = answer.headers.get('ratelimit-policy') ?? '';
  return [...policy.matchAll(/;q=(\d+)/g)].map(([, quota]) => Number(quota)).sort((a, b) => a - b);
}
