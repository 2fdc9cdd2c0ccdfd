import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { createLogger } from '../telemetry/logger.js';
import { EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';

const logger = createLogger('silent');
const embedded = process.env.JEST_NO_DB === '1' ? describe.skip : describe;

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function untilGone(url: string): Promise<void> {
  for (const giveUpAt = Date.now() + 10_000; Date.now() < giveUpAt; await sleep(50)) {
    if (
      await ask(url, 'SELECT 1').then(
        () => false,
        () => true,
      )
    )
      return;
  }
  throw new Error('the server is still there');
}

embedded('startEmbeddedPostgres', () => {
  let dataDir: string;
  const servers: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'nvgw-embedded-'));
    await chmod(dataDir, 0o755);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const server of servers.splice(0)) await server.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  async function start(folder = dataDir): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres(folder, logger);
    servers.push(server);
    return server;
  }

  /** Another process that starts the server; resolves with its url. */
  async function startElsewhere(): Promise<{ child: ChildProcess; url: string }> {
    const here = process.cwd();
    const args = ['--import', join(here, 'test/support/run-typescript.mjs')];
    const child = spawn(
      process.execPath,
      [...args, join(here, 'test/support/embedded-postgres.main.ts'), dataDir],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    children.push(child);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, url: said.toString().trim() };
  }

  test('what was written is there after a stop and a start', async () => {
    const first = await start();
    await ask(first.url, 'CREATE TABLE kept AS SELECT 17 AS n');
    await first.stop();
    await expect(ask(first.url, 'SELECT 1')).rejects.toThrow();
    expect(await ask((await start()).url, 'SELECT n FROM kept')).toEqual([{ n: 17 }]);
  });

  test('it listens on loopback only, wants the password, and its files are closed to others', async () => {
    const { url } = await start();
    expect(
      await ask(
        url,
        "SELECT current_setting('listen_addresses') a, current_setting('unix_socket_directories') s",
      ),
    ).toEqual([{ a: '127.0.0.1', s: '' }]);
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(ask(wrong.href, 'SELECT 1')).rejects.toThrow(/password/);
    expect(await modeOf(join(dataDir, 'postgres'))).toBe(0o700);
    expect(await modeOf(join(dataDir, 'postgres', 'gateway.password'))).toBe(0o600);
  });

  test('it ends when its process is killed with -9, and starts again at once with every committed row', async () => {
    const { child, url } = await startElsewhere();
    await ask(url, 'CREATE TABLE kept (n int)');
    for (let n = 0; n < 20; n++) await ask(url, `INSERT INTO kept VALUES (${n})`);
    child.kill('SIGKILL');
    const again = await start();
    expect(await ask(again.url, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 20 }]);
    await untilGone(url);
  });

  test('a second process on the same folder fails with a clear message and does no harm', async () => {
    const { url } = await startElsewhere();
    await expect(start()).rejects.toThrow(/Another process is using .*postgres: .*DATA_DIR/);
    expect(await ask(url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  test('two processes that start at once on a new folder: one has the server, the other a clear message', async () => {
    const outcomes = await Promise.allSettled([start(), start()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(String(refused?.reason)).toMatch(/Another process is using/);
  });

  test('it works below a folder that only its owner may enter', async () => {
    const closed = join(dataDir, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const { url } = await start(join(closed, '.data'));
    expect(await ask(url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  test('files of another major version are refused, not touched', async () => {
    await mkdir(join(dataDir, 'postgres'));
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '12\n');
    await expect(start()).rejects.toThrow(/made by PostgreSQL 12.*DATABASE_URL/);
    expect(await readFile(join(dataDir, 'postgres', 'PG_VERSION'), 'utf8')).toBe('12\n');
  });
});
