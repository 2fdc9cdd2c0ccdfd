import { createHash, randomUUID } from 'node:crypto';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../../../src/contract/number-verification.js';
import { Random } from '../random.js';
import { numberOf } from '../truth.js';
import { virtualOperator } from '../virtual-operators.js';
import { Minter } from '../world/minter.js';
import { SeededTenant } from '../world/seed-tenants.js';
import { LoadRecord } from './load-record.js';

type Planned = Pick<
  LoadRecord,
  'jti' | 'correlator' | 'kind' | 'tenantId' | 'subscriptionId' | 'operatorId' | 'operation' | 'expected'
>;

/** One request, ready to be sent, and what only a true answer to it can be. */
export interface Ask {
  readonly planned: Planned;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

export interface AskChoice {
  readonly kind: string;
  readonly tenant: SeededTenant;
  readonly operatorId: string;
  readonly jti: string;
  /** Neither unless given: one is drawn. */
  readonly operation?: LoadRecord['operation'];
}

const SHARES = 0.2;
const HASHED = 0.25;
const PATH = '/number-verification/v2';

/** A call with a fresh token: share, or verify of the right or a wrong number, plain or hashed. */
export function makeAsk(minter: Minter, seed: string, random: Random, choice: AskChoice): Ask {
  const { kind, tenant, operatorId, jti } = choice;
  const canShare = virtualOperator(operatorId).share;
  const operation = choice.operation ?? (canShare && random.chance(SHARES) ? 'share' : 'verify');
  const scope = operation === 'share' ? SHARE_SCOPE : VERIFY_SCOPE;
  const number = numberOf(seed, jti);
  const right = random.chance(0.5);
  // Correlators are UUIDs, the one shape that every dialect passes on as it is.
  const correlator = randomUUID();
  return {
    planned: {
      jti,
      correlator,
      kind,
      tenantId: tenant.tenantId,
      subscriptionId: tenant.subscriptionId,
      operatorId,
      operation,
      expected: operation === 'share' ? number : String(right),
    },
    method: operation === 'share' ? 'GET' : 'POST',
    path: PATH + (operation === 'share' ? '/device-phone-number' : '/verify'),
    headers: {
      authorization: `Bearer ${minter.token({ jti, tenant, operatorId, scope })}`,
      'x-correlator': correlator,
      accept: 'application/json',
      ...(operation === 'verify' && { 'content-type': 'application/json' }),
    },
    body: operation === 'share' ? null : question(right ? number : numberOf(seed, `${jti}/other`), random),
  };
}

function question(number: string, random: Random): string {
  if (!random.chance(HASHED)) return JSON.stringify({ phoneNumber: number });
  const hash = createHash('sha256').update(number).digest('hex');
  return JSON.stringify({ hashedPhoneNumber: random.chance(0.5) ? hash : hash.toUpperCase() });
}
