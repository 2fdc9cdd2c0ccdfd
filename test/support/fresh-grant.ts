import { randomUUID } from 'node:crypto';
import { Grant } from '../../src/contract/grant.js';

/** A grant whose token nobody has used yet. */
export function freshGrant(over: Partial<Grant> = {}): Grant {
  const issuedAt = over.issuedAt ?? Math.floor(Date.now() / 1000);
  return {
    tenantId: randomUUID(),
    applicationId: randomUUID(),
    clientId: 'client',
    subscriptionId: randomUUID(),
    operatorId: 'operator-a',
    registrationId: randomUUID(),
    scopes: ['number-verification:verify'],
    purpose: 'dpv:FraudPreventionAndDetection',
    amr: [],
    subject: 'subject',
    jti: randomUUID(),
    issuedAt,
    expiresAt: issuedAt + 300,
    operatorToken: 'operator-token',
    ...over,
  };
}
