import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';

const WITHIN_MS = 15_000;
const PAUSE_MS = 100;
/**
 * SQLSTATE of a server that starts, stops, is full, or was too slow for our statement_timeout (57014): it says so
 * itself, but not that what we want is wrong.
 */
const NOT_TAKING_CALLS = /^(08|57P0[1-3]|57014|53300)/;

/**
 * Does a step of the start again when no connection or no answer could be had in time: a process that starts is
 * busy with itself, and the short timeouts that calls need would make it give up for a hiccup of its own.
 * @param work may run more than once
 * @throws what the last try threw; at once what the server itself says
 */
export async function patiently<T>(work: () => Promise<T>, withinMs = WITHIN_MS): Promise<T> {
  for (const giveUpAt = performance.now() + withinMs; ; await sleep(PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!connectionFailed(error) || performance.now() > giveUpAt) throw error;
    }
  }
}

/** Whether Postgres could not be asked, or not in time; what it says itself is another matter. */
export function connectionFailed(error: unknown): boolean {
  if (error instanceof DatabaseError) return NOT_TAKING_CALLS.test(error.code ?? '');
  if (!(error instanceof Error)) return false;
  return /timeout|Connection terminated|ECONN/i.test(error.message);
}
