import type { EntityManager, EntityTarget } from 'typeorm';
import { z } from 'zod';
import type { ResourceEntity } from '../tenants/resource.entity.js';
import type { AdminCall } from './admin-call.js';
import type { Filters } from './listing.js';
import { KEY } from './names.js';

/** Whose change it is. */
export type By = Pick<AdminCall, 'principal'>;

/**
 * All that is particular to one kind of resource. Everything else (paging, ETag, merge-patch, soft delete, audit) is
 * the same for all and written once, in {@link Resources}.
 */
export interface ResourceKind<E extends ResourceEntity, Draft extends object> {
  /** In audit actions: `tenant`. */
  readonly type: string;
  /** Of the collection, below `/admin/v1`: where one of them is found by its id. */
  readonly path: string;
  readonly entity: EntityTarget<E>;
  /** What POST and PUT take: complete, with defaults for what is left out. */
  readonly draft: z.ZodType<Draft>;
  /** The answer; it drops what it does not name. */
  readonly view: z.ZodObject;
  readonly filters: Filters;
  /** Whose it is; null: the partner's. */
  tenantOf(row: E): string | null;
  /** Writes a draft on its row. */
  apply(row: E, draft: Draft): void;
  /** The draft that would make this row: what a merge-patch is applied to. */
  toDraft(row: E): Draft;
  /** Rules beyond shape, within the transaction, before the row is written. @throws AdminRefusal */
  check?(manager: EntityManager, row: E, before: E | undefined, call: By): Promise<void>;
  /** Rules of deletion. @throws AdminRefusal */
  checkRemoval?(manager: EntityManager, row: E, call: By): Promise<void>;
}

/** Names in files; made from the id where the caller gives none. */
export const key = z.string().regex(KEY, 'must be lower-case letters, digits and dashes');
const tags = z.array(z.string().min(1).max(50)).max(20).default([]);
export const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters');
export const prose = z
  .string()
  .max(2_000)
  .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters')
  .default('');

/** Members of every draft. */
export const draftBase = { key: key.optional(), tags };

const instant = z
  .date()
  .transform((value) => value.toISOString())
  .pipe(z.string());

/** Members of every view. */
export const viewBase = {
  id: z.uuid(),
  key: z.string(),
  version: z.int(),
  tags: z.array(z.string()),
  managedBy: z.enum(['api', 'config']),
  createdAt: instant,
  updatedAt: instant,
};

/** A moment in a view: RFC 3339, or null. */
export const moment = instant;
export const optionalMoment = z.union([z.null(), instant]);

/** Body of a PATCH: what it makes of the resource is checked when it has been applied. */
export const MergePatch = z.record(z.string(), z.unknown()).meta({ id: 'MergePatch' });
