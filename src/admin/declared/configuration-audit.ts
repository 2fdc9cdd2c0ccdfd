import type { AuditedChange } from '../audit-trail.js';
import { AdminRefusal } from '../refusal.js';
import type { Plan } from './change.js';
import type { Declaration } from './document.js';
import type { SecretSource } from './secret-reference.js';

/** What is asked for. */
export interface Wanted {
  readonly document: Declaration;
  readonly prune: boolean;
  readonly adopt: boolean;
  readonly secrets: SecretSource;
}

/** What the audit log says beside its row for each change. */
export function summaryOf({ hash, changes }: Plan, { document, prune, adopt }: Wanted): AuditedChange {
  const count = (action: string): number => changes.filter((one) => one.action === action).length;
  return {
    action: 'config.apply',
    resource: configResource(document),
    tenantId: null,
    after: {
      planHash: hash,
      prune,
      adopt,
      created: count('create'),
      updated: count('update'),
      deleted: count('delete'),
    },
  };
}

/** That it was tried: all that is left of an apply that was refused half-way. */
export function failureOf({ document, prune, adopt }: Wanted, error: unknown): AuditedChange | undefined {
  const refusal = error instanceof AdminRefusal ? error : undefined;
  if (refusal && ['stale', 'aborted', 'unavailable'].includes(refusal.refusal)) return undefined;
  const why = refusal ? refusal.body : { message: 'an error of the gateway' };
  return {
    action: 'config.apply-failed',
    resource: configResource(document),
    tenantId: null,
    after: { prune, adopt, why },
  };
}

const configResource = ({ _tag }: Declaration) => ({ type: 'config', id: _tag ?? 'all' });
