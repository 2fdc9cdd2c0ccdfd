import { QueryFailedError } from 'typeorm';
import type { AuditedChange } from '../audit-trail.js';
import { AdminRefusal, Detail } from '../refusal.js';
import { addressOf, locationOf } from './declared.js';
import type { Change } from './change.js';

/** What came of one change. */
export interface Written {
  readonly id: string;
  /** That the authorization server has given. */
  readonly clientId?: string | null;
  readonly audit: AuditedChange;
}

/** Names of drafts → names in files. */
const IN_FILES: Readonly<Record<string, string>> = { planKey: 'plan', operatorId: 'operator' };
const TAKEN: readonly unknown[] = ['23505', '23P01'];

/** @throws AdminRefusal that says where in the file it happened, or to which resource */
export async function atItsPlace<T>(change: Change, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AdminRefusal) throw placed(error, change);
    const { driverError } = error as Partial<QueryFailedError>;
    if (!TAKEN.includes((driverError as { code?: unknown } | undefined)?.code)) throw error;
    const message = `${addressOf(change)}: another resource has this name, subject or address.`;
    throw new AdminRefusal('alreadyExists', { message });
  }
}

function placed(
  { refusal, details, message, retryAfterSeconds }: AdminRefusal,
  change: Change,
): AdminRefusal {
  if (refusal !== 'invalid')
    return new AdminRefusal(refusal, { message: `${addressOf(change)}: ${message}`, retryAfterSeconds });
  const place = change.declared?.place ?? [];
  return new AdminRefusal('invalid', {
    details: details.map((detail): Detail => {
      const [, name = '', ...rest] = detail.location.split('.');
      return { ...detail, location: locationOf([...place, IN_FILES[name] ?? name, ...rest]) };
    }),
  });
}
