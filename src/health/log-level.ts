import { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { LEVELS, Logger } from '../telemetry/logger.js';

/** A day: whoever wants it for longer sets LOG_LEVEL. */
const MOST_SECONDS = 86_400;
const MOST_BYTES = 1_024;

const Wish = z.strictObject({
  level: z.enum(LEVELS),
  /** After it the level is what it was at the start. */
  seconds: z.int().min(1).max(MOST_SECONDS).optional(),
});

/** How much is logged, changed while the process runs. */
export class LogLevel {
  private readonly usual: string;
  private back: NodeJS.Timeout | undefined;

  constructor(private readonly logger: Logger) {
    this.usual = logger.level;
  }

  get report(): { level: string; usual: string } {
    return { level: this.logger.level, usual: this.usual };
  }

  /**
   * @param request with `{"level":"debug","seconds":600}` as its body, seconds optional
   * @returns undefined when that is not what it says
   */
  async change(request: IncomingMessage): Promise<LogLevel['report'] | undefined> {
    const wish = Wish.safeParse(await bodyOf(request));
    if (!wish.success) return undefined;
    const { level, seconds } = wish.data;
    clearTimeout(this.back);
    this.set(level);
    if (seconds !== undefined) this.back = setTimeout(() => this.set(this.usual), 1000 * seconds).unref();
    return this.report;
  }

  /** Said whatever the levels are: who finds no lines must find out why. */
  private set(level: string): void {
    this.logger.level = 'info';
    this.logger.warn({ event: 'log.level', mode: level }, 'the level of the log is changed');
    this.logger.level = level;
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > MOST_BYTES) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
