import { EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { OperatorSettingsEntity } from '../tenants/operator-settings.entity.js';
import type { AdminCall } from './admin-call.js';
import { AdminRefusal } from './refusal.js';
import { prose } from './resource-kind.js';

const lifecycle = z.enum(['sandbox', 'live', 'sunset']);
const capabilities = z.object({ verifyPlain: z.boolean(), verifyHashed: z.boolean(), share: z.boolean() });
const ForcedBreaker = z.object({ mode: z.enum(['open', 'closed']), until: z.string() });

/** What people have switched; `version` is the ETag, 1 while nobody has switched anything. */
const OperatorSettingsView = z.object({
  enabled: z.boolean(),
  reason: z.string(),
  /** A circuit held by hand; without one, or after `until`, it decides by itself. */
  breakers: z.object({ api: ForcedBreaker.optional(), token: ForcedBreaker.optional() }),
  version: z.int(),
});
export type OperatorSettingsView = z.infer<typeof OperatorSettingsView>;

/** An operator: its manifest as far as people need it, and its switches. */
export const OperatorView = z
  .object({
    id: z.string(),
    name: z.string(),
    country: z.string().optional(),
    dialect: z.string(),
    lifecycle,
    flows: z.array(z.string()),
    capabilities,
    networks: z.array(z.string()),
    limits: z.object({ timeoutMs: z.int(), connectTimeoutMs: z.int(), maxInFlight: z.int() }),
    /** Why it serves nothing, whatever the switches say; null: it could. */
    off: z.string().nullable(),
    settings: OperatorSettingsView,
  })
  .meta({ id: 'Operator' });

/** Where a tenant's users can be verified, and how. */
export const CoverageView = z
  .object({
    country: z.string().optional(),
    operatorId: z.string(),
    name: z.string(),
    mode: z.enum(['test', 'live']),
    flows: z.array(z.string()),
    operations: z.array(z.enum(['verify', 'verify-hashed', 'share'])),
  })
  .meta({ id: 'Coverage' });

/** What of an operator's switches PATCH changes. */
export const OperatorSwitches = z
  .strictObject({ enabled: z.boolean().default(true), reason: prose })
  .meta({ id: 'OperatorSwitches' });

/** @throws AdminRefusal notFound for an id that no manifest has */
export function requireOperator(operators: Operators, { params }: AdminCall): Operator {
  const operator = operators.get(params['operatorId']!);
  if (!operator) throw new AdminRefusal('notFound');
  return operator;
}

export function operatorView(operator: Operator, settings: OperatorSettingsView): object {
  return OperatorView.parse({
    ...operator,
    dialect: operator.dialect.name,
    flows: operator.auth.flows,
    off: operator.off ?? null,
    settings,
  });
}

export function coverageView({ id, country, name, lifecycle, auth, capabilities }: Operator): object {
  const operations = [
    ...(capabilities.verifyPlain ? ['verify'] : []),
    ...(capabilities.verifyHashed ? ['verify-hashed'] : []),
    ...(capabilities.share ? ['share'] : []),
  ];
  const mode = lifecycle === 'sandbox' ? 'test' : 'live';
  return CoverageView.parse({ country, operatorId: id, name, mode, flows: auth.flows, operations });
}

/** What is switched, by operator; where nobody has switched anything there is no row. */
export async function readSettings(
  manager: EntityManager,
): Promise<(operatorId: string) => OperatorSettingsView> {
  const rows = await manager.find(OperatorSettingsEntity);
  const byId = new Map(rows.map((row) => [row.operatorId, row]));
  return (operatorId) => settingsView(byId.get(operatorId));
}

export function settingsView(row: OperatorSettingsEntity | undefined): OperatorSettingsView {
  return OperatorSettingsView.parse(row ?? { enabled: true, reason: '', breakers: {}, version: 1 });
}
