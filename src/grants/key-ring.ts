import { OnApplicationShutdown } from '@nestjs/common';
import { Logger } from '../telemetry/logger.js';
import { Key, KeyUse } from './key.js';
import { SPREAD_MS } from './key-lifetimes.js';
import { byNewest, lives } from './key-states.js';
import { KeyStore, Rotation } from './key-store.js';

const UNKNOWN_KID_PAUSE_MS = 5_000;
const REFRESH_EVERY_MS = 60_000;
/** With keys from a copy: until the database has been read once. */
const CATCH_UP_EVERY_MS = 2_000;

/** Where the keys are kept. */
export type Keys = Pick<KeyStore, 'ensure' | 'load' | 'rotate'> & Partial<Pick<KeyStore, 'recall'>>;

/** The keys of this process: old ones open, the newest active one seals. */
export class KeyRing implements OnApplicationShutdown {
  private readonly uses = new Set<KeyUse>();
  private readonly byKid = new Map<string, Key>();
  private refreshing: Promise<void> | undefined;
  private noRefreshBeforeMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private recalled = false;

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly store: Keys,
    private readonly logger: Logger,
    private readonly clock: () => number = Date.now,
  ) {}

  /**
   * Makes these uses known to this process, with a first key where there is none. With keys from a copy it does so
   * once the database is back: a use that the copy has not is of no use until then.
   */
  async ensure(uses: readonly KeyUse[]): Promise<void> {
    if (!this.recalled) for (const use of uses) await this.store.ensure(use);
    for (const use of uses) this.uses.add(use);
    if (!this.recalled) await this.readAfresh();
  }

  /** Without database: takes the keys of the copy that was kept. @returns whether each of these uses has one */
  async recall(uses: readonly KeyUse[]): Promise<boolean> {
    const keys = (await this.store.recall?.()) ?? [];
    if (!uses.every((use) => keys.some((key) => key.use === use && lives(key, this.clock())))) return false;
    this.recalled = true;
    for (const use of uses) this.uses.add(use);
    this.take(keys);
    return true;
  }

  /** @throws Error when the use was never ensured */
  newest(use: KeyUse): Key {
    const [key] = this.all(use);
    if (!key) throw new Error(`no key for ${use}`);
    return key;
  }

  /** @returns undefined when no such key lives; another process may have made it, so the ring looks soon */
  find(use: KeyUse, kid: string): Key | undefined {
    const key = this.byKid.get(kid);
    if (key?.use === use && lives(key, this.clock())) return key;
    this.refreshSoon();
    return undefined;
  }

  /** @returns every living key of the use, the one that seals first, those to come last */
  all(use: KeyUse): Key[] {
    const now = this.clock();
    const keys = [...this.byKid.values()].filter((key) => key.use === use && lives(key, now)).sort(byNewest);
    const active = keys.filter((key) => key.activeFromMs <= now);
    // None active: our clock is behind the database's, and the eldest is the one that others use.
    return active.length > 0
      ? [...active, ...keys.filter((key) => key.activeFromMs > now)]
      : keys.toReversed();
  }

  /**
   * Adds a key, published ahead of its first use unless told otherwise.
   * @returns its kid
   * @throws RotationRefused for the key of pairwise subjects
   */
  async rotate(use: KeyUse, rotation?: Rotation): Promise<string> {
    const activeFrom = new Date(this.clock() + SPREAD_MS);
    const kid = await this.store.rotate(use, rotation ?? { activeFrom });
    await this.readAfresh();
    return kid;
  }

  /** Reads the keys again; calls at the same time share one read. */
  refresh(): Promise<void> {
    this.refreshing ??= this.read().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  /** From now on the ring learns by itself what other processes rotate. */
  watch(): this {
    const everyMs = this.recalled ? CATCH_UP_EVERY_MS : REFRESH_EVERY_MS;
    this.timer ??= setInterval(() => this.refreshInBackground(), everyMs).unref();
    return this;
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.refreshing?.catch(() => undefined);
  }

  /** A read in flight may have begun before the change at hand: it is not shared. */
  private async readAfresh(): Promise<void> {
    await this.refreshing?.catch(() => undefined);
    await this.refresh();
  }

  /** Strangers can make up kids: at most one read in a while. */
  private refreshSoon(): void {
    const now = this.clock();
    if (now < this.noRefreshBeforeMs) return;
    this.noRefreshBeforeMs = now + UNKNOWN_KID_PAUSE_MS;
    this.refreshInBackground();
  }

  private refreshInBackground(): void {
    this.refresh().catch((error: unknown) =>
      this.logger.warn({ err: error }, 'keys could not be read again'),
    );
  }

  private async read(): Promise<void> {
    if (this.recalled) for (const use of this.uses) await this.store.ensure(use);
    this.take(await this.store.load([...this.uses]));
    if (!this.recalled) return;
    this.recalled = false;
    clearInterval(this.timer);
    this.timer = undefined;
    this.watch();
  }

  private take(keys: readonly Key[]): void {
    this.byKid.clear();
    for (const key of keys) this.byKid.set(key.kid, key);
  }
}
