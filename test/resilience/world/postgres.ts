import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../../src/database/embedded-postgres.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { TcpFault } from '../tcpfault.js';

/** The PostgreSQL of this run, and the faulty wire between it and the gateways. */
export interface WorldPostgres {
  /** Straight to the server: for the harness's own questions. */
  readonly url: string;
  /** Through the faulty wire: what the gateways are given. Stays the same over restarts of the server. */
  readonly gatewayUrl: string;
  readonly wire: TcpFault;
  /** Of the postmaster, for signals. */
  pid(): number;
  stop(): Promise<void>;
  /** After {@link stop}: the same data, perhaps another port behind the same wire. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** @param folder of this run; the server's files lie below it */
export async function startWorldPostgres(folder: string): Promise<WorldPostgres> {
  const launch = (): ReturnType<typeof startEmbeddedPostgres> =>
    startEmbeddedPostgres(folder, createLogger('warn'), { max_connections: '200' });
  let server = await launch();
  const wire = await TcpFault.start({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
  const gatewayUrl = new URL(server.url);
  gatewayUrl.port = String(wire.port);
  let running = true;
  const stop = async (): Promise<void> => {
    if (running) await server.stop();
    running = false;
  };
  return {
    get url() {
      return server.url;
    },
    gatewayUrl: gatewayUrl.href,
    wire,
    pid: () => Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]),
    stop,
    start: async () => {
      server = await launch();
      running = true;
      wire.target = { host: '127.0.0.1', port: Number(new URL(server.url).port) };
    },
    close: async () => {
      await wire.close();
      await stop();
    },
  };
}
