import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

// Compiled to dist/test/resilience/world.
const MAIN = fileURLToPath(new URL('../../../src/main.js', import.meta.url));
const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 20_000;

/** What a gateway is started with; the same again after a kill. */
export interface GatewayOptions {
  readonly name: string;
  readonly port: number;
  readonly managementPort: number;
  /** stdout and stderr go here, appended over restarts. */
  readonly logFile: string;
  readonly env: Readonly<Record<string, string>>;
}

/** One gateway as `npm start` runs it, in a process of its own. */
export class GatewayProcess {
  readonly url: string;
  readonly managementUrl: string;
  private child: ChildProcess | undefined;
  /** Of every process of this gateway that has ended, in order: its exit code, or the signal it died of. */
  readonly exits: (number | NodeJS.Signals)[] = [];

  constructor(readonly options: GatewayOptions) {
    this.url = `http://127.0.0.1:${options.port}`;
    this.managementUrl = `http://127.0.0.1:${options.managementPort}`;
  }

  get name(): string {
    return this.options.name;
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts the process and returns at once; see {@link ready}. @param env beside its own, for this start alone */
  start(env: Readonly<Record<string, string>> = {}): void {
    if (this.child) throw new Error(`${this.name} runs already`);
    const log = openSync(this.options.logFile, 'a', 0o600);
    const child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
      stdio: ['ignore', log, log],
      env: {
        PATH: process.env.PATH,
        HOST: '127.0.0.1',
        PORT: String(this.options.port),
        MANAGEMENT_PORT: String(this.options.managementPort),
        ...this.options.env,
        ...env,
      },
    });
    closeSync(log);
    this.child = child;
    child.once('exit', (code, signal) => {
      this.exits.push(signal ?? code!);
      if (this.child === child) this.child = undefined;
    });
  }

  /** @throws Error when it has ended, or is not ready in time */
  async ready(withinMs = READY_WITHIN_MS): Promise<void> {
    for (const until = Date.now() + withinMs; Date.now() < until; await sleep(50)) {
      if (!this.child) throw new Error(`${this.name} ended (${this.exits.at(-1)})\n${this.logTail()}`);
      if (await this.isReady()) return;
    }
    throw new Error(`${this.name} is not ready after ${withinMs} ms\n${this.logTail()}`);
  }

  async isReady(): Promise<boolean> {
    try {
      const answer = await fetch(`${this.managementUrl}/readyz`, { signal: AbortSignal.timeout(1_000) });
      await answer.arrayBuffer();
      return answer.status === 200;
    } catch {
      return false;
    }
  }

  /** @returns its exit code or signal; undefined when it did not run */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | undefined> {
    const { child } = this;
    if (!child) return undefined;
    const ended = once(child, 'exit');
    child.kill(signal);
    const grace = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await ended;
    clearTimeout(grace);
    return this.exits.at(-1);
  }

  /** For the very end of this process: nothing can be awaited there. */
  killNow(): void {
    this.child?.kill('SIGKILL');
  }

  log(): string {
    return readFileSync(this.options.logFile, 'utf8');
  }

  private logTail(): string {
    return this.log().slice(-2_000);
  }
}
