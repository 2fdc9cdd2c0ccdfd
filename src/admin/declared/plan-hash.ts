import { createHash } from 'node:crypto';
import { Declared, Named, addressOf } from './declared.js';
import type { PlanOptions, Stored } from './change.js';

/**
 * SHA-256 over a wish and the state that it is held against, in hexadecimal.
 * @param stored what the plan has looked at
 */
export function planHash(
  declared: readonly Declared[],
  stored: readonly Stored[],
  options: PlanOptions,
): string {
  const wish = declared.toSorted(byAddress).map(({ kind, name, values }) => [kind, name, values]);
  const state = stored
    .toSorted(byAddress)
    .map(({ kind, name, id, version, managedBy, values }) => [kind, name, id, version, managedBy, values]);
  const { prune, adopt, tag } = options;
  const text = JSON.stringify(sorted([wish, state, prune, adopt, tag ?? null]));
  return createHash('sha256').update(text).digest('hex');
}

function byAddress(one: Named, other: Named): number {
  return addressOf(one) < addressOf(other) ? -1 : 1;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]));
}
