import { Gauge } from 'prom-client';
import { Families } from './families.js';
import { LOG_LEVELS, LogLevel, SCRUBBED, Scrubbed, Task } from './labels.js';
import { Tally } from './tally.js';

/** Of what this process is made. */
export interface Build {
  readonly version: string;
  /** Of the source; `unknown` when nobody said. */
  readonly commit: string;
}

/** This process: what it is, whether it takes traffic, what it does beside it, what it logs. */
export class ProcessMetrics {
  private readonly readiness: Gauge;
  private readonly build: Gauge;
  private readonly tasks: Gauge;
  private readonly dropped: Tally;
  private readonly scrubbed: Tally;

  constructor(families: Families) {
    this.readiness = families.gauge('ready', '1 while this process reports ready');
    this.build = families.gauge('build_info', 'Always 1', ['version', 'commit', 'node_version']);
    const tasks = 'When a periodic task last succeeded; before that, when it was started';
    this.tasks = families.gauge('task_last_success_timestamp_seconds', tasks, ['task']);
    const dropped = 'Lines of the log that stdout did not take';
    this.dropped = families.counter('log_dropped_total', dropped, ['level']);
    const scrubbed = 'Numbers, hashes and tokens that had to be taken out of texts';
    this.scrubbed = families.counter('log_scrubbed_total', scrubbed, ['kind']);
    for (const level of LOG_LEVELS) this.dropped.of(level);
    for (const kind of SCRUBBED) this.scrubbed.of(kind);
    this.ready(false);
  }

  ready(ready: boolean): void {
    this.readiness.set(ready ? 1 : 0);
  }

  built({ version, commit }: Build): void {
    this.build.set({ version, commit, node_version: process.version }, 1);
  }

  /** Who notes when a task succeeds. One that never has is as old as its start: an alert sees that it does not run. */
  task(task: Task): { started: () => void; succeeded: () => void } {
    const now = (): void => this.tasks.set({ task }, Date.now() / 1000);
    return { started: now, succeeded: now };
  }
  logDropped(level: LogLevel, lines = 1): void {
    this.dropped.of(level).add(lines);
  }

  logScrubbed(kind: Scrubbed): void {
    this.scrubbed.of(kind).add();
  }
}
