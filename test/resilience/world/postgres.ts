import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../../src/database/embedded-postgres.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { Target, TcpFault } from '../tcpfault.js';

/** The PostgreSQL of this run, and the faulty wire between it and the gateways. */
export interface WorldPostgres {
  /** Not through the faulty wire: for the harness's own questions. Stays the same over restarts of the server. */
  readonly url: string;
  /** Through the faulty wire: what the gateways are given. Stays the same over restarts of the server. */
  readonly gatewayUrl: string;
  readonly wire: TcpFault;
  /** Of the postmaster, for signals. */
  pid(): number;
  stop(): Promise<void>;
  /** Ends it at once, as a crash does: it has to recover when it starts. */
  crash(): Promise<void>;
  /** Stops all its processes where they are; connections stand, nothing answers. Linux only. */
  freeze(): void;
  thaw(): void;
  /** After {@link stop} or {@link crash}: the same data. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** @param folder of this run; the server's files lie below it */
export async function startWorldPostgres(folder: string): Promise<WorldPostgres> {
  const launch = (): ReturnType<typeof startEmbeddedPostgres> =>
    startEmbeddedPostgres(folder, createLogger('silent'), { max_connections: '200' });
  let server = await launch();
  const target = (): Target => ({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
  const wire = await TcpFault.start(target());
  const own = await TcpFault.start(target());
  const through = ({ port }: TcpFault): string => {
    const url = new URL(server.url);
    url.port = String(port);
    return url.href;
  };
  let frozen: number[] = [];
  let running = true;
  const pid = (): number =>
    Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const thaw = (): void => {
    for (const one of frozen.splice(0)) signal(one, 'SIGCONT');
  };
  const stop = async (): Promise<void> => {
    thaw();
    if (running) await server.stop();
    running = false;
  };
  return {
    url: through(own),
    gatewayUrl: through(wire),
    wire,
    pid,
    stop,
    crash: async () => {
      signal(pid(), 'SIGQUIT');
      await stop();
    },
    freeze: () => {
      const postmaster = pid();
      // The one that makes new ones first.
      signal(postmaster, 'SIGSTOP');
      frozen = [postmaster, ...childrenOf(postmaster)];
      for (const one of frozen) signal(one, 'SIGSTOP');
    },
    thaw,
    start: async () => {
      server = await launch();
      running = true;
      wire.target = own.target = target();
    },
    close: async () => {
      await wire.close();
      await stop();
      await own.close();
    },
  };
}

function childrenOf(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

/** One that has ended meanwhile needs none. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
