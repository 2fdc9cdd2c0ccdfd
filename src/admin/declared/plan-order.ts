import type { Kind } from './declared.js';
import type { Change } from './change.js';

/** Deletions before what may take their place; what others hang on is deleted last. */
const ORDER: readonly `${'delete' | 'put'} ${Kind}`[] = [
  'delete route',
  'delete registration',
  'delete subscription',
  'delete application',
  'delete tenant',
  'put plan',
  'put tenant',
  'put member',
  'put application',
  'put subscription',
  'put registration',
  'put operator',
  'put route',
  'delete member',
  'delete plan',
];

export function inOrder(one: Change, other: Change): number {
  return rankOf(one) - rankOf(other) || (one.name < other.name ? -1 : 1);
}

/** Who keeps a tenant open comes before the other goes; a subscription makes room before another takes it. */
function rankOf({ action, kind, declared }: Change): number {
  const rank = 10 * ORDER.indexOf(`${action === 'delete' ? 'delete' : 'put'} ${kind}`);
  if (kind === 'member' && action === 'update') return rank + 1;
  return kind === 'subscription' && declared?.values['status'] !== 'suspended' ? rank + 1 : rank;
}
