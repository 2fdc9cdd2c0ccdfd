import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { StartError } from '../contract/start-error.js';
import { hangUp } from './hang-up.js';
import { TIMEOUTS } from './timeouts.js';

const WAIT_MS = 30_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Waiting does not help against these: the server is there and says no (SQLSTATE classes and codes). */
const FINAL = /^(28|3D|42501)/;

/**
 * Waits until the database takes connections: in a cluster it may start after us.
 * @throws Error naming host, port and database, never the password: after `waitMs`, or at once when the server
 *   refuses the user or knows no such database
 */
export async function waitForPostgres(url: string, waitMs = WAIT_MS): Promise<void> {
  const giveUpAt = Date.now() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const problem = await tryOnce(url);
    if (problem === undefined) return;
    const final = FINAL.test(problem.code ?? '');
    if (final || Date.now() + pauseMs > giveUpAt) {
      const after = final ? '' : ` after ${Math.round(waitMs / 1000)} s`;
      throw new StartError(
        `PostgreSQL at ${place(url)} cannot be used${after}: ${problem.message || problem.code}`,
      );
    }
    await sleep(pauseMs);
  }
}

async function tryOnce(url: string): Promise<(Error & { code?: string }) | undefined> {
  const client = new Client({ connectionString: url, ...TIMEOUTS });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return undefined;
  } catch (error) {
    return error as Error & { code?: string };
  } finally {
    await hangUp(client);
  }
}

function place(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 5432}, database ${pathname.slice(1) || 'of the user'},`;
}
