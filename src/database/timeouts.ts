import { ClientConfig } from 'pg';

/** Without these node-postgres waits for ever on a server that is frozen or a pool that is exhausted. */
export const TIMEOUTS = {
  /** A busy machine takes its time to start a session; whoever must know sooner says so for its own pool. */
  connectionTimeoutMillis: 1_000,
  query_timeout: 500,
  /** Ends the statement in the server too; before query_timeout, so that the server's own error arrives. */
  statement_timeout: 400,
} as const satisfies ClientConfig;

/** For the rare long statement (migrations): the server may take its time, but not for ever. */
export const LONG_TIMEOUTS = {
  connectionTimeoutMillis: 2_000,
  query_timeout: 600_000,
  statement_timeout: 590_000,
} as const satisfies ClientConfig;
