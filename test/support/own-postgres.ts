import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { freePort } from '../../src/database/postgres-process.js';
import { createLogger } from '../../src/telemetry/logger.js';

/** A PostgreSQL of the test's own, to be stopped and started again under the same address. */
export class OwnPostgres {
  private server: EmbeddedPostgres | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    /** postgres://… of the superuser; stays the same. */
    readonly url: string,
  ) {}

  /** Made, and stopped again. */
  static async create(): Promise<OwnPostgres> {
    const folder = await mkdtemp(join(tmpdir(), 'nvgw-own-postgres-'));
    const port = await freePort();
    const server = await startEmbeddedPostgres(folder, createLogger('silent'), settings(port));
    await server.stop();
    const url = new URL(server.url);
    url.port = String(port);
    return new OwnPostgres(folder, port, url.href);
  }

  async start(): Promise<void> {
    this.server ??= await startEmbeddedPostgres(this.folder, createLogger('silent'), settings(this.port));
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

const settings = (port: number) => ({ port: String(port), fsync: 'off', max_connections: '60' });
