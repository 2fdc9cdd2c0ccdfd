import { LoggerService } from '@nestjs/common';
import pino, { LevelWithSilent } from 'pino';
import { LogFields, fieldsText, pickFields } from './log-fields.js';
import { LogLevel } from './labels.js';
import { stdout } from './log-output.js';
import { ProcessMetrics } from './process-metrics.js';
import { Found, scrub } from './scrub.js';

type Line = {
  (fields: LogFields, message: string): void;
  (message: string): void;
};

/** Nest's token for the process logger. */
export const LOGGER = Symbol('Logger');

/** What can be logged: fields of the list in log-fields.ts, and a message of constant words. */
export interface Logger {
  /** `silent`, `error`, `warn`, `info` or `debug`; may be changed while the process runs. */
  level: string;
  debug: Line;
  info: Line;
  warn: Line;
  error: Line;
  fatal: Line;
  isLevelEnabled(level: LogLevel): boolean;
  /**
   * For lines at `info` that there are by the thousand: what they say alike is written out once. They are pino's in all
   * but who puts them together, which costs a third.
   */
  form(alike: LogFields, message: string): (fields: LogFields) => void;
}

/** Values of LOG_LEVEL. */
export const LEVELS: readonly LevelWithSilent[] = ['silent', 'error', 'warn', 'info', 'debug'];

/** Who counts what was dropped or scrubbed. */
type LogCounts = Pick<ProcessMetrics, 'logDropped' | 'logScrubbed'>;

/** Where lines go. @returns false when one could not be taken */
type Sink = (line: string, level: LogLevel) => boolean;

/**
 * JSON lines on stdout: what is logged is picked field by field, texts are scrubbed, and nobody waits for them to be
 * written.
 * @param sink instead of stdout
 */
export function createLogger(level: string, counts?: LogCounts, sink?: Sink): Logger {
  const found: Found = (kind) => counts?.logScrubbed(kind);
  const destination = new Destination(sink ?? ((line, of) => stdout().add(line, of)), counts);
  const logger = pino(
    {
      level,
      base: undefined,
      timestamp: isoTime,
      serializers: { err: (picked: unknown) => picked },
      formatters: {
        log: (given: object) => pickFields(given, found),
      },
      hooks: {
        logMethod([first, second]: unknown[], method) {
          // pino would take an error's own text for the message, and arguments into it.
          const [fields, message] = typeof first === 'string' ? [{}, first] : [first, second];
          const given = fields instanceof Error ? { err: fields } : (fields ?? {});
          method.call(this, given, scrub(typeof message === 'string' ? message : '', found));
        },
      },
    },
    destination,
  );
  const form = (alike: LogFields, message: string) => {
    const same = fieldsText(alike, found);
    const end = `,"msg":${JSON.stringify(scrub(message, found))}}\n`;
    return (fields: LogFields) => {
      if (!logger.isLevelEnabled('info')) return;
      destination.put(`{"level":30${isoTime()}${same}${fieldsText(fields, found)}${end}`, 'info');
    };
  };
  return Object.assign(logger, { form });
}

let knownSecond = -1;
let knownTime = '';

/** As pino's own, with the date made once a second. */
function isoTime(): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== knownSecond) {
    knownSecond = second;
    knownTime = `,"time":"${new Date(now).toISOString().slice(0, 20)}`;
  }
  return `${knownTime}${String(now - second * 1000).padStart(3, '0')}Z"`;
}

/** What pino writes to. The symbol asks pino to leave the level of each line before it. */
class Destination {
  readonly [pino.symbols.needsMetadataGsym] = true;
  lastLevel = 30;

  constructor(
    private readonly sink: Sink,
    private readonly counts: LogCounts | undefined,
  ) {}

  write(line: string): void {
    this.put(line, levelOf(this.lastLevel));
  }

  put(line: string, level: LogLevel): void {
    if (!this.sink(line, level)) this.counts?.logDropped(level);
  }
}

function levelOf(value: number): LogLevel {
  if (value >= 50) return 'error';
  if (value >= 40) return 'warn';
  return value >= 30 ? 'info' : 'debug';
}

/** Nest's own messages, through the same logger; its start-up chatter only at debug. */
export function nestLogger(logger: Logger): LoggerService {
  return {
    log: (message: unknown) => logger.debug(String(message)),
    debug: (message: unknown) => logger.debug(String(message)),
    verbose: (message: unknown) => logger.debug(String(message)),
    warn: (message: unknown) => logger.warn(String(message)),
    error: (message: unknown, stack?: unknown) =>
      logger.error({ detail: typeof stack === 'string' ? stack : undefined }, String(message)),
    fatal: (message: unknown) => logger.fatal(String(message)),
  };
}
