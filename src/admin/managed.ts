import type { ManagedBy } from '../tenants/resource.entity.js';
import type { AdminCall } from './admin-call.js';
import { AdminRefusal } from './refusal.js';

/**
 * What a configuration file manages is changed in the file: the next apply would undo whatever was done beside it.
 * @returns whether the change is made all the same, because the caller insists
 * @throws AdminRefusal incompatibleState
 */
export function isForced(
  row: { readonly managedBy: ManagedBy },
  { force }: Pick<AdminCall, 'force'>,
): boolean {
  if (row.managedBy !== 'config') return false;
  if (force) return true;
  throw new AdminRefusal('incompatibleState', {
    message: 'A configuration file manages the resource: change it there, or send force=true.',
  });
}
