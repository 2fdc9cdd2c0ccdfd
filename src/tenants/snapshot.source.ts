import { Database } from '../database/database.js';
import { LastKnownGood } from '../database/last-known-good.js';
import { Notifications } from '../database/notifications.js';
import { Recurring } from '../database/recurring.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics, RefreshTrigger } from '../telemetry/metrics.js';
import { SnapshotDraft } from './snapshot.draft.js';
import { FORM, addPiece, piecesOf } from './snapshot.file.js';
import { Snapshot } from './snapshot.js';
import { readRevision, readSnapshot } from './snapshot.reader.js';

/** Told of nothing, a process sees a change at most this long after its commit, and what reading takes. */
const LOOK_EVERY_MS = 1_500;
const NAME = 'tenants';

/** The snapshot in force: replaced whenever the database has another one, kept while the database is away. */
export class SnapshotSource {
  private snapshot = new SnapshotDraft();
  /** Undefined: what is in memory may be of another database than the one that answers next. */
  private revision: string | undefined;
  private heard = false;
  private loading: Promise<unknown> = Promise.resolve();
  private readonly listeners: (() => void)[] = [];
  private readonly looking: Recurring;

  /** @param kept where a copy is left for a start without database */
  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
    private readonly kept: LastKnownGood | undefined,
  ) {
    const complaint = 'tenants could not be read again';
    this.looking = new Recurring(
      () => this.look(),
      logger,
      complaint,
      metrics.process.task('snapshot_refresh'),
    );
  }

  get current(): Snapshot {
    return this.snapshot;
  }

  /** One at a time: an older state must never replace a newer one. */
  load(trigger: RefreshTrigger = 'start'): Promise<void> {
    const loading = this.loading.then(() => this.read(trigger));
    this.loading = loading.catch(() => {});
    return loading;
  }

  /** Takes the copy that was kept, as it is. @returns whether there is a good one */
  async recall(): Promise<boolean> {
    const draft = new SnapshotDraft();
    const savedAtMs = await this.kept?.recall(NAME, FORM, (piece) => addPiece(draft, piece));
    if (savedAtMs === undefined) return false;
    this.metrics.snapshot.compared('0', (Date.now() - savedAtMs) / 1000);
    this.logger.warn({ event: 'snapshot.recalled' }, 'tenants are those of the last known good copy');
    this.replace(draft);
    return true;
  }

  /** @param listener called at each change, after it is in force */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  watch(notifications?: Notifications): void {
    notifications?.on('tenants', () => {
      this.heard = true;
      this.looking.soon();
    });
    this.looking.start(LOOK_EVERY_MS);
  }

  stop(): Promise<void> {
    return this.looking.stop();
  }

  /** While the database is away the last snapshot keeps serving: that must not stop calls. */
  private async look(): Promise<void> {
    const trigger = this.heard ? 'notify' : 'poll';
    this.heard = false;
    try {
      const { revision } = await readRevision(this.database.pool('admin'));
      // A number that has gone back is of a database that was restored.
      if (this.revision !== undefined && Number(revision) < Number(this.revision)) this.revision = undefined;
      if (revision !== this.revision) return await this.load(trigger);
      this.metrics.snapshot.compared(revision);
    } catch (error) {
      // Whatever comes back may have been restored to an earlier state: it is read as if it were another one.
      this.revision = undefined;
      this.metrics.snapshot.refresh(trigger, 'error');
      throw error;
    }
  }

  private async read(trigger: RefreshTrigger): Promise<void> {
    const began = performance.now();
    const known = this.revision === undefined ? undefined : this.snapshot;
    const { revision, movedSecondsAgo, snapshot } = await readSnapshot(this.database.pool('admin'), known);
    const changed = revision !== this.revision;
    this.revision = revision;
    this.replace(snapshot);
    this.metrics.snapshot.refresh(trigger, 'ok');
    const duration_ms = Math.round(performance.now() - began);
    const fields = { event: 'snapshot.refreshed', trigger, revision: Number(revision), duration_ms };
    this.logger.info(fields, 'tenants were read');
    this.metrics.snapshot.compared(revision);
    if (changed && trigger !== 'start') {
      this.metrics.snapshot.propagated(movedSecondsAgo + (performance.now() - began) / 1000);
    }
    this.kept?.keep(NAME, FORM, () => piecesOf(this.snapshot));
  }

  private replace(snapshot: SnapshotDraft): void {
    this.snapshot = snapshot;
    for (const listener of this.listeners) listener();
  }
}
