import { AppConfig } from './config/config.js';
import { scrub } from './telemetry/scrub.js';

/** Beside the time to drain: to answer what is in flight, and to write what is outstanding. */
const ENDS_WITHIN_MS = 9_500;

/** What is to be closed in order. */
interface Closing {
  readonly config: Pick<AppConfig, 'drainMs'>;
  close(): Promise<void>;
}

/**
 * How a process ends: in order on the first signal, at once on the second (nothing is lost by it: the ledger is
 * written before each call). After an error that nobody caught, nothing is known of its state any more: it ends in
 * order too, and with 1, and whoever started it starts another.
 */
export class ProcessEnd {
  /** What the process exits with. */
  code = 0;
  private readonly leaving = new AbortController();
  private gateway: Closing | undefined;

  constructor(private readonly process: NodeJS.Process) {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => this.leave());
    // Rejected promises that nobody handles end up here too.
    process.on('uncaughtException', (error) => this.fail(error));
  }

  /** Aborted as soon as the process is to end. */
  get signal(): AbortSignal {
    return this.leaving.signal;
  }

  /** From now on this is closed first. */
  endsWith(gateway: Closing): void {
    this.gateway = gateway;
    if (this.signal.aborted) void this.close();
  }

  private leave(): void {
    if (this.signal.aborted) this.process.exit(1);
    this.leaving.abort();
    void this.close();
  }

  private fail(error: unknown): void {
    this.say(
      error instanceof Error ? (error.stack ?? error.message) : 'something was thrown that is no error',
    );
    this.code = 1;
    if (this.signal.aborted) return;
    this.leaving.abort();
    void this.close();
  }

  private async close(): Promise<void> {
    if (!this.gateway) return;
    const late = setTimeout(() => {
      this.say('could not stop in time');
      this.process.exit(1);
    }, this.gateway.config.drainMs + ENDS_WITHIN_MS).unref();
    try {
      await this.gateway.close();
    } catch (error) {
      this.code = 1;
      this.say(`could not stop in order: ${String(error)}`);
    }
    clearTimeout(late);
    this.process.exit(this.code);
  }

  /** One line as the logger writes them: whoever reads the logs must find it. */
  private say(reason: string): void {
    const line = {
      level: 60,
      time: new Date().toISOString(),
      msg: 'the process ends',
      reason: scrub(reason),
    };
    this.process.stderr.write(`${JSON.stringify(line)}\n`);
  }
}
