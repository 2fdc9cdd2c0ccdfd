import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/database/postgres-process.js';

const WITHIN_MS = 20_000;

/** The gateway as `npm start` runs it, in a process of its own, but from its sources. */
export class GatewayProcess {
  readonly exited: Promise<number | null>;
  /** What it wrote to stdout and stderr so far. */
  output = '';

  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
    readonly managementUrl: string,
  ) {
    this.exited = once(child, 'exit').then(([code]) => code as number | null);
    for (const stream of [child.stdout, child.stderr]) {
      stream!.on('data', (data: Buffer) => (this.output += data.toString()));
    }
  }

  /** @param args of node, before the program */
  static async spawn(env: Record<string, string>, args: readonly string[] = []): Promise<GatewayProcess> {
    const [port, managementPort] = [await freePort(), await freePort()];
    const program = ['--import', './test/support/run-typescript.mjs', ...args, './src/main.ts'];
    const child = spawn(process.execPath, program, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'test',
        HOST: '127.0.0.1',
        PORT: String(port),
        MANAGEMENT_PORT: String(managementPort),
        SANDBOX_PORT: '0',
        LOG_LEVEL: 'warn',
        ...env,
      },
    });
    return new GatewayProcess(child, `http://127.0.0.1:${port}`, `http://127.0.0.1:${managementPort}`);
  }

  /** Status and body of a probe; undefined while nobody answers. */
  async probe(path: '/livez' | '/readyz'): Promise<{ status: number; body: ProbeBody } | undefined> {
    const answer = await fetch(`${this.managementUrl}${path}`).catch(() => undefined);
    return answer && { status: answer.status, body: (await answer.json()) as ProbeBody };
  }

  /** @returns how long it took, in milliseconds */
  async untilReady(): Promise<number> {
    return this.until(async () => (await this.probe('/readyz'))?.status === 200);
  }

  async until(holds: () => Promise<boolean> | boolean): Promise<number> {
    for (const began = performance.now(); ; await sleep(25)) {
      if (await holds()) return performance.now() - began;
      if (this.child.exitCode !== null)
        throw new Error(`it ended with ${this.child.exitCode}:\n${this.output}`);
      if (performance.now() - began > WITHIN_MS) throw new Error(`it did not come to that:\n${this.output}`);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.exited;
  }
}

export interface ProbeBody {
  status: string;
  checks: Record<string, string>;
}
