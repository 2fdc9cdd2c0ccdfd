import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../contract/start-error.js';
import { Logger } from '../telemetry/logger.js';
import { PostgresBinaries, exists, findPostgresBinaries } from './postgres-binaries.js';
import { USER, createCluster, passwordOf, serverPath } from './postgres-cluster.js';
import { PostgresProcess, PostgresStartError, freePort, runPostgres } from './postgres-process.js';

/** How long the server of a process that was just killed may need to notice. */
const PREDECESSOR_NOTICES_WITHIN_MS = 1_500;
/** And to write what it has in memory, and to end its last processes. */
const PREDECESSOR_ENDS_WITHIN_MS = 10_000;

export interface EmbeddedPostgres {
  /** postgres://…@127.0.0.1:port/postgres; holds the password. */
  readonly url: string;
  /** Resolves when the server has shut down cleanly. */
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL of our own on loopback, its files under `<dataDir>/postgres`. It ends with our process,
 * however that ends.
 * @param settings server settings beyond ours, such as `{ fsync: 'off' }` for tests
 * @throws Error when the platform has no binaries, when another process uses the folder, or when the folder
 *   belongs to another major version
 */
export async function startEmbeddedPostgres(
  dataDir: string,
  logger: Logger,
  settings: Readonly<Record<string, string>> = {},
): Promise<EmbeddedPostgres> {
  const binaries = await findPostgresBinaries();
  const folder = join(resolve(dataDir), 'postgres');
  if (!(await exists(join(folder, 'PG_VERSION')))) await createCluster(binaries, folder, resolve(dataDir));
  const made = (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim();
  if (made !== binaries.major) {
    throw new StartError(
      `${folder} was made by PostgreSQL ${made}, this is ${binaries.major}: remove it or set DATABASE_URL.`,
    );
  }
  const password = await passwordOf(folder);
  const { server, port } = await startPatiently(binaries, folder, settings);
  let stopping = false;
  const report = (): void => {
    if (!stopping)
      logger.error({ folder }, 'the embedded PostgreSQL ended by itself; see postgres.log beside it');
  };
  void server.gone.then(report);
  return {
    url: `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`,
    stop: () => {
      stopping = true;
      return server.stop();
    },
  };
}

async function startPatiently(
  binaries: PostgresBinaries,
  folder: string,
  settings: Readonly<Record<string, string>>,
): Promise<{ server: PostgresProcess; port: number }> {
  const path = await serverPath(folder);
  for (const began = Date.now(); ; await sleep(100)) {
    const port = Number(settings['port'] ?? (await freePort()));
    try {
      const args = serverArgs(path, port, settings);
      return { port, server: await runPostgres(binaries.postgres, args, folder, port) };
    } catch (error) {
      if (!(error instanceof PostgresStartError)) throw error;
      const waited = Date.now() - began;
      const { output } = error;
      // After a kill -9 the old server's last processes may hold the memory for a moment.
      const memoryHeld = /shared memory block .* is still in use/.test(output);
      const locked = /lock file .* already exists/.test(output);
      const portTaken = /could not bind|Address already in use/.test(output);
      if (memoryHeld && waited < PREDECESSOR_ENDS_WITHIN_MS) continue;
      if (portTaken && !locked && waited < PREDECESSOR_NOTICES_WITHIN_MS) continue;
      if (locked && waited < PREDECESSOR_NOTICES_WITHIN_MS) continue;
      if (locked && waited < PREDECESSOR_ENDS_WITHIN_MS && (await isStopping(folder))) continue;
      if (!locked && !memoryHeld) throw error;
      throw new StartError(
        `Another process is using ${folder}: stop it, or give this one its own DATA_DIR or a DATABASE_URL.`,
        { cause: error },
      );
    }
  }
}

/** What the server that holds the folder says of itself, in the last line of its lock file. */
async function isStopping(folder: string): Promise<boolean> {
  const lock = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => 'stopping');
  return lock.includes('stopping');
}

function serverArgs(path: string, port: number, extra: Readonly<Record<string, string>>): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    // Statements that fail are ours to log: the server would write their values.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    lc_messages: 'C',
    io_method: 'sync',
    jit: 'off',
    ...extra,
  };
  return ['-D', path, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
