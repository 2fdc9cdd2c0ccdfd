import { ChildProcess, execFile, spawn } from 'node:child_process';
import { open, readFile, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { UNPRIVILEGED, runsAsRoot } from './postgres-binaries.js';

const READY_WITHIN_MS = 20_000;
const STOPPED_WITHIN_MS = 10_000;
const LOG_MAX_BYTES = 1024 * 1024;

/**
 * The shell outlives us on purpose: its stdin is a pipe from us, and when that ends — we stopped, crashed or
 * were killed with -9 — it ends the server. A signal meant for our process group must not reach the server
 * before our last rows are written, hence the trap.
 */
const TIED_TO_PARENT = `
trap '' INT HUP TERM
"$0" "$@" & server=$!
exec 3<&0
(while read -r line <&3; do :; done; kill -INT $server) & watcher=$!
wait $server; status=$?
kill -KILL $watcher 2>/dev/null
exit $status`;

/** Who a server process runs as, and its plain environment. */
export function asServerUser(): { uid?: number; gid?: number; env: NodeJS.ProcessEnv } {
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  return runsAsRoot() ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED, env } : { env };
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no TCP port on 127.0.0.1');
  return address.port;
}

/** The server said no; `output` is what it wrote. */
export class PostgresStartError extends Error {
  constructor(readonly output: string) {
    super(`PostgreSQL did not start:\n${output.trim()}`);
  }
}

export interface PostgresProcess {
  /** Resolves when the server has shut down and its files are closed. */
  stop(): Promise<void>;
  /** Resolves when the server is gone, asked for or not. */
  readonly gone: Promise<void>;
}

/**
 * Starts one server whose life is tied to ours; returns when it takes connections.
 * @param port which `args` tell it to listen on
 * @throws PostgresStartError
 */
export async function runPostgres(
  binary: string,
  args: readonly string[],
  dataFolder: string,
  port: number,
): Promise<PostgresProcess> {
  const logFile = join(dirname(dataFolder), 'postgres.log');
  const log = await open(logFile, 'a', 0o600);
  let from = (await log.stat()).size;
  if (from > LOG_MAX_BYTES) {
    await truncate(logFile);
    from = 0;
  }
  const [command, commandArgs] =
    process.platform === 'win32' ? [binary, args] : ['sh', ['-c', TIED_TO_PARENT, binary, ...args]];
  const child = spawn(command, commandArgs, {
    ...asServerUser(),
    cwd: dataFolder,
    // A group of its own: Ctrl-C in our terminal is for us.
    detached: true,
    stdio: ['pipe', log.fd, log.fd],
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await log.close();
  child.stdin?.on('error', () => {});
  const output = async (): Promise<string> => (await readFile(logFile)).subarray(from).toString();
  try {
    await untilReady(gone, () => isReady(dataFolder, port), output);
  } catch (error) {
    await stop(child, gone, binary, dataFolder);
    throw error;
  }
  // Neither the child nor its pipe keeps our process alive; the end of the pipe is the server's end.
  child.unref();
  (child.stdin as { unref?(): void } | null)?.unref?.();
  return { gone, stop: () => stop(child, gone, binary, dataFolder) };
}

async function untilReady(
  gone: Promise<void>,
  ready: () => Promise<boolean>,
  output: () => Promise<string>,
): Promise<void> {
  let ended = false;
  void gone.then(() => (ended = true));
  for (const giveUpAt = Date.now() + READY_WITHIN_MS; Date.now() < giveUpAt; await sleep(10)) {
    const hasEnded = ended;
    if (await ready()) return;
    if (hasEnded) throw new PostgresStartError(await output());
  }
  throw new PostgresStartError(`${await output()}\nnot ready after ${READY_WITHIN_MS} ms`);
}

/**
 * What the server says of itself in its lock file: line 4 is its port, line 8 its state. The log would not do: two processes
 * that start on one folder both write there.
 */
async function isReady(folder: string, port: number): Promise<boolean> {
  const lines = (await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return lines[3] === String(port) && lines[7]?.trim() === 'ready';
}

async function stop(child: ChildProcess, gone: Promise<void>, binary: string, folder: string): Promise<void> {
  child.ref();
  child.stdin?.end();
  if (process.platform === 'win32') {
    const control = binary.replace(/postgres\.exe$/, 'pg_ctl.exe');
    await promisify(execFile)(control, ['stop', '-D', folder, '-m', 'fast']).catch(() => child.kill());
  }
  const timeout = new AbortController();
  const late = sleep(STOPPED_WITHIN_MS, 'late', { signal: timeout.signal, ref: true }).catch(() => 'stopped');
  if ((await Promise.race([gone.then(() => 'stopped'), late])) === 'late' && child.pid !== undefined) {
    process.kill(-child.pid, 'SIGKILL');
    await gone;
  }
  timeout.abort();
}
