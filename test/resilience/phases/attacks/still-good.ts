import { VERIFY_SCOPE } from '../../../../src/contract/number-verification.js';
import { makeAsk } from '../../load/ask.js';
import { Random } from '../../random.js';
import { Good } from '../../rows/attack-case.js';
import { numberOf } from '../../truth.js';
import { MAIN_OPERATORS } from '../../virtual-operators.js';
import { SeededTenant } from '../../world/seed-tenants.js';
import { Run } from '../phase.js';

/** A good token for one verification, and the proof that it still is one. */
export interface Stake {
  readonly good: Good;
  readonly jti: string;
  readonly operatorId: string;
  readonly tenant: SeededTenant;
}

/** @param jti new in this run, in the form `label-n` */
export function stakeOf({ options, world }: Run, jti: string): Stake {
  const random = new Random(`${options.seed}/${jti}`);
  const tenant = random.pick(world.tenants);
  const operatorId = random.pick(MAIN_OPERATORS).id;
  const token = world.minter.token({ jti, tenant, operatorId, scope: VERIFY_SCOPE });
  return { good: { token, number: numberOf(options.seed, jti) }, jti, operatorId, tenant };
}

/** @returns what there is to complain of when the token is used at last */
export async function spentProblems({ load, options, world }: Run, stake: Stake): Promise<string[]> {
  const { jti, operatorId, tenant } = stake;
  const random = new Random(`${options.seed}/${jti}/at-last`);
  const choice = { kind: 'at-last', tenant, operatorId, jti, operation: 'verify' as const };
  const { code, expected, status, verdict } = await load.once(
    makeAsk(world.minter, options.seed, random, choice),
  );
  return status === 200 && verdict === expected ? [] : [`the token was spent: ${status} ${code}`];
}
