import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../contract/start-error.js';
import { PostgresBinaries, UNPRIVILEGED, exists, openToEveryone, runsAsRoot } from './postgres-binaries.js';
import { asServerUser } from './postgres-process.js';

export const USER = 'postgres';
const PASSWORD_FILE = 'gateway.password';

/** @param folder the server's data folder */
export const passwordOf = async (folder: string): Promise<string> =>
  (await readFile(join(folder, PASSWORD_FILE), 'utf8')).trim();

/** initdb in a folder beside, then one rename: an interrupted first start leaves nothing half-made. */
export async function createCluster(
  binaries: PostgresBinaries,
  folder: string,
  dataDir: string,
): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const fresh = await mkdtemp(join(dataDir, 'postgres.init-'));
  // The password reaches initdb by a file outside dataDir, which the server's user might not be able to enter.
  const outside = await mkdtemp(join(tmpdir(), 'nvgw-initdb-'));
  const passwordFile = join(outside, 'password');
  const password = randomBytes(24).toString('base64url');
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    await chmod(fresh, 0o700);
    await giveToServer(fresh, outside, passwordFile);
    const options = [
      '--encoding=UTF8',
      '--locale=C',
      '--auth=scram-sha-256',
      '--no-sync',
      '--no-instructions',
    ];
    await promisify(execFile)(
      binaries.initdb,
      ['-D', await serverPath(fresh), '-U', USER, `--pwfile=${passwordFile}`, ...options],
      { ...asServerUser(), cwd: fresh },
    ).catch((error: { stderr?: string; message: string }) => {
      throw new StartError(
        `initdb failed: ${error.stderr ?? error.message}\nSet DATABASE_URL to use another server.`,
      );
    });
    await writeFile(join(fresh, PASSWORD_FILE), password, { mode: 0o600 });
    await rename(fresh, folder).catch(async (error: NodeJS.ErrnoException) => {
      if (!(await exists(join(folder, 'PG_VERSION')))) throw error;
    });
  } finally {
    await rm(outside, { recursive: true, force: true });
    await rm(fresh, { recursive: true, force: true });
  }
}

async function giveToServer(...paths: string[]): Promise<void> {
  if (!runsAsRoot()) return;
  for (const path of paths) await chown(path, UNPRIVILEGED, UNPRIVILEGED);
}

/**
 * The folder as the server can name it. Below a folder closed to its user (a checkout in /root) only the working
 * directory itself can be reached, which the kernel keeps under this name.
 */
export async function serverPath(folder: string): Promise<string> {
  const closed = runsAsRoot() && process.platform === 'linux' && !(await openToEveryone(join(folder, '..')));
  return closed ? '/proc/self/cwd' : folder;
}
