import { LoadRecord } from '../load/load-record.js';
import { SimRecord } from '../sim/sim-record.js';

/** A row of usage_ledger, as far as it is compared. */
export interface LedgerRow {
  readonly jti: string;
  readonly id: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly operatorId: string;
  readonly operation: string;
  /** Null: not known. */
  readonly result: string | null;
  readonly httpStatus: number | null;
  readonly blame: string | null;
  readonly billable: boolean | null;
  readonly correlator: string | null;
}

/** What three parties wrote down about the same calls. */
export interface Evidence {
  readonly load: readonly LoadRecord[];
  readonly sim: readonly SimRecord[];
  readonly rows: readonly LedgerRow[];
}

/** One breach of an invariant. */
export interface Violation {
  readonly invariant: string;
  /** The call it is about; empty where it is about the whole. */
  readonly jti: string;
  readonly what: string;
}

export function violation(invariant: string, jti: string, what: string): Violation {
  return { invariant, jti, what };
}

/** Records by the token they are about. */
export function byJti<T extends { readonly jti: string }>(records: readonly T[]): Map<string, T[]> {
  return Map.groupBy(records, ({ jti }) => jti);
}
