import { setTimeout as sleep } from 'node:timers/promises';
import { Journal } from './journal/journal.js';
import { JournalRecord } from './journal/journal-line.js';
import { LedgerEntry } from './ledger-entry.js';
import { Outcome } from './ledger-statements.js';
import { PostgresWatch } from './postgres-watch.js';

/** What a call waits at most while the last lines of the journal go into Postgres. */
const RETURN_WAIT_MS = 250;

/**
 * Where records go that Postgres does not take. Whoever writes an intent or a release to the journal has declared
 * Postgres away before: so long as it is not, all of this process that decides over tokens is in Postgres.
 */
export class Outage {
  constructor(
    private readonly policy: 'open' | 'closed',
    private readonly journal: Journal,
    private readonly watch: PostgresWatch,
  ) {}

  get away(): boolean {
    return this.watch.away;
  }

  /** Postgres is away and the journal stands in for it. */
  get journaling(): boolean {
    return this.policy === 'open' && this.watch.away;
  }

  /** Postgres is away and calls are refused. */
  get refusing(): boolean {
    return this.policy === 'closed' && this.watch.away;
  }

  /** Set while it is being decided; wait for it with {@link decided}. */
  get ending(): boolean {
    return this.watch.returning !== undefined;
  }

  async decided(): Promise<void> {
    await Promise.race([this.watch.returning, sleep(RETURN_WAIT_MS, undefined, { ref: false })]);
  }

  /** Something other than a call's row could not be written: with the journal at hand, that is enough to change over. */
  suspected(reason: string): void {
    if (this.policy === 'open') this.watch.lost(reason);
  }

  /**
   * Records a call that Postgres did not take.
   * @param away whether the next call would fare no better; with the policy `open` it goes to the journal too
   * @returns false when the policy or the disk does not allow it: then the call must not be made
   */
  async record(entry: LedgerEntry, away: boolean, reason: string): Promise<boolean> {
    if (away || this.policy === 'open') this.watch.lost(reason);
    return this.policy === 'open' && (await this.append({ phase: 'intent', entry }));
  }

  /** @returns the outcomes that the journal does not take either */
  keepOutcomes(outcomes: readonly Outcome[]): Promise<Outcome[]> {
    return this.keep(outcomes, (outcome) => ({ phase: 'outcome', outcome }));
  }

  /** @returns the entries whose release the journal does not take either */
  keepReleases(entries: readonly LedgerEntry[]): Promise<LedgerEntry[]> {
    return this.keep(entries, (entry) => ({ phase: 'released', entry }));
  }

  private async keep<T>(all: readonly T[], record: (one: T) => JournalRecord): Promise<T[]> {
    const kept = await Promise.all(all.map((one) => this.append(record(one))));
    return all.filter((_, at) => !kept[at]);
  }

  private async append(record: JournalRecord): Promise<boolean> {
    try {
      await this.journal.append(record);
      this.watch.journalTakes(true);
      return true;
    } catch {
      this.watch.journalTakes(false);
      return false;
    }
  }
}
