import type { Operator } from '../operators/operator.js';
import { parseCidr } from './ip.js';
import { RuleKind, manifestRules } from './rule.js';

/** Whoever asks the database, within a transaction of theirs. */
interface Queries {
  query<Rows>(sql: string, parameters?: unknown[]): Promise<Rows>;
}

/** A rule as people see it. Those of manifests are in files: they have no id and no version. */
export interface ListedRule {
  readonly id: string | null;
  readonly operatorId: string;
  readonly kind: RuleKind;
  readonly value: string;
  readonly dynamic: boolean;
  /** polled: the operator publishes it. */
  readonly source: 'manifest' | 'polled' | 'admin';
  readonly version: number | null;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  /** When it was last read from the operator. */
  readonly fetchedAt: Date | null;
}

/** A rule of ours in the database. */
export type AdminRule = ListedRule & {
  readonly id: string;
  readonly version: number;
  readonly managedBy: 'api' | 'config';
};

export interface RuleDraft {
  readonly operatorId: string;
  readonly kind: RuleKind;
  /** As {@link normalRule} gives it. */
  readonly value: string;
  readonly dynamic: boolean;
}

export interface RuleFilter {
  readonly operatorId?: readonly string[] | undefined;
  readonly kind?: readonly string[] | undefined;
  readonly source?: readonly string[] | undefined;
}

const NORMAL: Readonly<Record<RuleKind, (value: string) => string | undefined>> = {
  cidr: (value) => parseCidr(value)?.text,
  mccmnc: (value) => (/^\d{5,6}$/.test(value) ? value : undefined),
  // A longer one would be somebody's number, which is kept nowhere.
  prefix: (value) => (/^\+[1-9]\d{0,9}$/.test(value) ? value : undefined),
};

/** @returns the one way to write it; undefined for what is no value of this kind */
export function normalRule(kind: RuleKind, value: string): string | undefined {
  return NORMAL[kind](value);
}

/** The rules of the manifests, whether their operators are on or off. */
export function listManifestRules(operators: readonly Operator[], filter: RuleFilter): ListedRule[] {
  const none = { id: null, version: null, createdAt: null, updatedAt: null, fetchedAt: null };
  return manifestRules(operators)
    .map(({ operator, kind, value, dynamic }) => ({
      ...none,
      operatorId: operator.id,
      kind,
      value,
      dynamic,
      source: 'manifest' as const,
    }))
    .filter(
      (rule) =>
        wanted(filter.operatorId, rule.operatorId) &&
        wanted(filter.kind, rule.kind) &&
        wanted(filter.source, rule.source),
    );
}

function wanted(values: readonly string[] | undefined, value: string): boolean {
  return values === undefined || values.includes(value);
}

const COLUMNS = `id, operator_id AS "operatorId", kind, coalesce(cidr::text, mccmnc, prefix) AS value, dynamic,
  CASE source WHEN 'admin' THEN source ELSE 'polled' END AS source, version, managed_by AS "managedBy",
  created_at AS "createdAt", updated_at AS "updatedAt", fetched_at AS "fetchedAt"`;

const WHERE = `WHERE ($1::text[] IS NULL OR operator_id = ANY ($1)) AND ($2::text[] IS NULL OR kind = ANY ($2))
  AND ($3::text[] IS NULL OR CASE source WHEN 'admin' THEN source ELSE 'polled' END = ANY ($3))`;

/** The rules of the database, oldest first. */
export async function listStoredRules(
  database: Queries,
  filter: RuleFilter,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ rules: ListedRule[]; count: number }> {
  const asked = [filter.operatorId ?? null, filter.kind ?? null, filter.source ?? null];
  const [counted] = await database.query<[{ count: number }]>(
    `SELECT count(*)::integer AS count FROM routing_rules ${WHERE}`,
    asked,
  );
  const rules = await database.query<ListedRule[]>(
    `SELECT ${COLUMNS} FROM routing_rules ${WHERE} ORDER BY created_at, id OFFSET $4 LIMIT $5`,
    [...asked, offset, limit],
  );
  return { rules, count: counted.count };
}

/** @returns undefined for what is none, or not ours to change */
export async function findAdminRule(
  database: Queries,
  id: string,
  lock: '' | 'FOR UPDATE' = '',
): Promise<AdminRule | undefined> {
  const sql = `SELECT ${COLUMNS} FROM routing_rules WHERE id = $1 AND source = 'admin' ${lock}`;
  return (await database.query<AdminRule[]>(sql, [id]))[0];
}

/** Writes a new rule, or a new content of one. The database refuses what another of our rules claims already. */
export async function saveAdminRule(database: Queries, id: string, draft: RuleDraft): Promise<AdminRule> {
  await database.query(
    `INSERT INTO routing_rules AS r (id, key, operator_id, kind, dynamic, cidr, mccmnc, prefix)
     SELECT id, id::text, $2::text, kind, $4::boolean, CASE WHEN kind = 'cidr' THEN value::cidr END,
       CASE WHEN kind = 'mccmnc' THEN value END, CASE WHEN kind = 'prefix' THEN value END
     FROM (SELECT $1::uuid AS id, $3::text AS kind, $5::text AS value) AS draft
     ON CONFLICT (id) DO UPDATE SET operator_id = EXCLUDED.operator_id, kind = EXCLUDED.kind,
       dynamic = EXCLUDED.dynamic, cidr = EXCLUDED.cidr, mccmnc = EXCLUDED.mccmnc, prefix = EXCLUDED.prefix,
       version = r.version + 1, updated_at = now()`,
    [id, draft.operatorId, draft.kind, draft.dynamic, draft.value],
  );
  return (await findAdminRule(database, id))!;
}

export async function removeAdminRule(database: Queries, id: string): Promise<void> {
  await database.query(`DELETE FROM routing_rules WHERE id = $1 AND source = 'admin'`, [id]);
}
