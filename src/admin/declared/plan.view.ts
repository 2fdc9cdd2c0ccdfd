import { z } from 'zod';
import { KINDS } from './declared.js';
import type { Change, Plan } from './change.js';
import type { Written } from './written.js';

const change = z.object({
  action: z.enum(['create', 'update', 'delete']),
  resource: z.enum(KINDS),
  /** Keys from the root on: `first-bank/app/fraud`. */
  key: z.string(),
  /** By attribute `{from, to}`; a credential is a fingerprint. */
  diff: z.record(z.string(), z.unknown()),
});

/** What a file would change. */
export const PlanView = z
  .object({
    /** Of file, options and state together: what config:apply wants. */
    planHash: z.string(),
    changes: z.array(change),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'ConfigurationPlan' });
export type PlanView = z.infer<typeof PlanView>;

/** What a file has changed. */
export const AppliedView = PlanView.extend({
  changes: z.array(
    change.extend({
      id: z.string(),
      /** That applications and services have been given at the authorization server. */
      clientId: z.string().optional(),
    }),
  ),
}).meta({ id: 'ConfigurationApplied' });
export type AppliedView = z.infer<typeof AppliedView>;

export function planView({ hash, changes, warnings }: Plan): PlanView {
  return { planHash: hash, changes: changes.map(changeView), warnings: [...warnings] };
}

/** @param written what came of each change */
export function appliedView({ hash, changes, warnings }: Plan, written: readonly Written[]): AppliedView {
  return {
    planHash: hash,
    changes: changes.map((one, index) => {
      const { id, clientId } = written[index]!;
      return { ...changeView(one), id, ...(clientId != null && { clientId }) };
    }),
    warnings: [...warnings],
  };
}

function changeView({ action, kind, name, diff }: Change): PlanView['changes'][number] {
  return { action, resource: kind, key: name, diff };
}
