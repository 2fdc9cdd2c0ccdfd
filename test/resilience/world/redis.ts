import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../src/database/postgres-process.js';
import { TcpFault } from '../tcpfault.js';

/** A Redis of this run alone, nothing of it kept, and the faulty wire before it. */
export interface WorldRedis {
  readonly gatewayUrl: string;
  readonly wire: TcpFault;
  readonly pid: number;
  /** Forgets everything. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** @returns undefined where no `redis-server` is installed: what needs one must say that it was skipped */
export async function startWorldRedis(): Promise<WorldRedis | undefined> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', options, { stdio: 'ignore' });
  await listening(child, port);
  const wire = await TcpFault.start({ host: '127.0.0.1', port });
  return {
    gatewayUrl: `redis://127.0.0.1:${wire.port}`,
    wire,
    pid: child.pid!,
    flush: async () => {
      const socket = connect(port, '127.0.0.1');
      socket.write('FLUSHALL\r\n');
      await once(socket, 'data');
      socket.destroy();
    },
    close: async () => {
      await wire.close();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++, await sleep(50)) {
    if (child.exitCode !== null) break;
    const socket = connect(port, '127.0.0.1');
    const outcome = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (outcome) return;
  }
  child.kill('SIGKILL');
  throw new Error('redis-server did not start');
}
