import type { Pool } from 'pg';
import { Logger } from '../telemetry/logger.js';
import { LedgerMode } from '../telemetry/journal-metrics.js';
import { Metrics } from '../telemetry/metrics.js';
import { Journal } from './journal/journal.js';
import { Replay } from './journal/replay.js';
import { INSERT_CONNECTIONS } from './ledger-pools.js';

const PROBE_EVERY_MS = 1_000;
/** Slower than this, calls would run into their 250 ms: the server counts as still away. */
const PROMPT_MS = 125;
/** So few lines are in within a moment: for the rest calls are held up. */
const FEW_LINES = 1_000;
const MOST_ROUNDS = 100;

/**
 * Knows whether Postgres takes rows. When it did not, calls go by the policy at once instead of each waiting for a
 * timeout, until Postgres answers again and has everything that was recorded meanwhile.
 */
export class PostgresWatch {
  private timer: NodeJS.Timeout | undefined;
  private probing: Promise<void> | undefined;
  private late: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Postgres was asked again, and is still away. */
  private persists = false;
  private journalTook = true;
  /** While the last lines go in: resolves when it is decided where calls are recorded next. */
  returning: Promise<void> | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly journal: Journal,
    private readonly replay: Replay,
    private readonly policy: 'open' | 'closed',
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  get away(): boolean {
    return this.timer !== undefined;
  }

  /** From now on one probe a second, until Postgres answers and has what the journal holds. */
  lost(reason: string): void {
    if (this.away) return;
    this.persists = false;
    this.probeLater();
    this.announce(reason);
  }

  /** Whether the journal, where calls are recorded by the policy, takes them. */
  journalTakes(yes: boolean): void {
    if (yes === this.journalTook || this.policy === 'closed') return;
    this.journalTook = yes;
    this.announce();
  }

  /**
   * Looks at once; resolves when it is known whether Postgres is back.
   * @param gently calls are being answered meanwhile
   */
  probe(gently = false): Promise<void> {
    clearTimeout(this.timer);
    if (!gently) this.replay.hurry();
    this.probing ??= this.tryToReturn(gently).finally(() => {
      this.probing = undefined;
    });
    return this.probing;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.late);
    await this.probing;
  }

  private probeLater(): void {
    this.timer = setTimeout(() => void this.probe(true), PROBE_EVERY_MS).unref();
    if (this.stopped) clearTimeout(this.timer);
  }

  private async tryToReturn(gently: boolean): Promise<void> {
    try {
      await this.answersPromptly();
      await this.replay.run(gently);
      // In haste, or under much load it would never have the last of them.
      for (let round = 0; this.journal.unsealedLines > FEW_LINES && round < MOST_ROUNDS; round++) {
        await this.replay.run();
      }
      await this.holdingCalls(() => this.replay.run());
    } catch (error) {
      this.stillAway((error as Error).message);
      return;
    }
    // Postgres is back, but not everything is in it.
    if (this.away) return this.probeLater();
    this.announce();
    this.bringInTheRest();
  }

  /** Outcomes may come in after the last run; no call depends on them. */
  private bringInTheRest(): void {
    clearTimeout(this.late);
    this.late = setTimeout(() => {
      if (this.away || this.journal.backlog.lines === 0) return;
      void this.replay
        .run(true)
        .catch(() => {})
        .then(() => this.bringInTheRest());
    }, PROBE_EVERY_MS).unref();
    if (this.stopped) clearTimeout(this.late);
  }

  /** One statement that came late concerns nobody: the journal took its rows. An outage does. */
  private stillAway(reason: string): void {
    if (this.persists) this.logger.debug({ reason }, 'the ledger cannot be written yet');
    else this.logger.error({ reason }, 'Postgres does not take the rows of the ledger');
    this.persists = true;
    this.probeLater();
  }

  private announce(reason?: string): void {
    const recording = this.policy === 'open' && this.journalTook ? 'journal' : 'closed';
    const mode: LedgerMode = this.away ? recording : 'postgres';
    this.logger.warn({ event: 'ledger.mode', mode, reason }, 'where calls are recorded has changed');
    this.metrics.journal.mode(mode);
    this.metrics.database.reached('ledger', !this.away);
  }

  /** Each of the connections that calls will use: one may be dead while another one answers. */
  private async answersPromptly(): Promise<void> {
    const ask = () => this.pool.query('SELECT FROM usage_ledger LIMIT 0');
    await ask();
    const began = performance.now();
    await Promise.all(Array.from({ length: INSERT_CONNECTIONS }, ask));
    if (performance.now() - began > PROMPT_MS * INSERT_CONNECTIONS)
      throw new Error('Postgres answers too slowly');
  }

  /** A call recorded in the journal after the last line has gone in would be unknown to other processes. */
  private async holdingCalls(work: () => Promise<void>): Promise<void> {
    const decided = Promise.withResolvers<void>();
    this.returning = decided.promise;
    try {
      await work();
      if (this.journal.unsealedSpends === 0) this.timer = undefined;
    } finally {
      this.returning = undefined;
      decided.resolve();
    }
  }
}
