import type { ManagedBy } from '../../tenants/resource.entity.js';
import type { Detail } from '../refusal.js';
import type { Declared, Named, Values } from './declared.js';

/** One resource as it is. */
export interface Stored extends Named {
  readonly id: string;
  readonly version: number;
  readonly managedBy: ManagedBy;
  readonly values: Values;
  /** Nothing is deleted that has ended, or goes with what it belongs to. */
  readonly parent?: string;
}

export interface PlanOptions {
  /** Deletes what a file manages and this one no longer names. */
  readonly prune: boolean;
  /** Takes over what the API manages, or another file. */
  readonly adopt: boolean;
  /** Of the file; it prunes only what has it. */
  readonly tag?: string | undefined;
}

export interface Change extends Named {
  readonly action: 'create' | 'update' | 'delete';
  readonly diff: Readonly<Record<string, { readonly from?: unknown; readonly to?: unknown }>>;
  /** Undefined: it is to go. */
  readonly declared?: Declared;
  /** Undefined: it is to come. */
  readonly stored?: Stored;
}

/** What is to be done so that everything is as a file says. */
export interface Plan {
  /** Names this plan from this state: with another wish or another state it is another one. */
  readonly hash: string;
  /** In the order in which they are made. */
  readonly changes: readonly Change[];
  readonly warnings: readonly string[];
  /** Why it cannot be done. */
  readonly refused: readonly Detail[];
}
