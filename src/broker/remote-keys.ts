import { z } from 'zod';
import { BrokerMetrics } from '../telemetry/broker-metrics.js';
import { Logger } from '../telemetry/logger.js';
import { JwksDoor, KeysUnavailable } from './jwks-door.js';
import { KeySet } from './key-set.js';

const FRESH_MS = 10 * 60_000;
const LAST_KNOWN_GOOD_MS = 24 * 60 * 60_000;
const WINDOW_MS = 60_000;
const PER_WINDOW = 2;
const MAX_KEPT = 10_000;
const NO_KEY_SET = 'not a set of public signing keys';

interface Kept {
  set: KeySet | undefined;
  readAtMs: number;
  /** Of the last reads, at most two. */
  askedAtMs: number[];
  asking: Promise<void> | undefined;
}

/** Whose keys they are, and what a set of them must be like. */
export interface KeySource {
  /** For the log. */
  readonly whose: string;
  readonly schema: z.ZodType<KeySet>;
  /** A good set has come. */
  accepted?(): void;
}

const APPLICATIONS: KeySource = { whose: 'an application', schema: KeySet };

/** Key sets that others publish themselves, by URL; the last good one for a day when it cannot be read. */
export class RemoteKeys {
  private readonly kept = new Map<string, Kept>();

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly door: Pick<JwksDoor, 'read'>,
    private readonly logger: Logger,
    private readonly metrics: BrokerMetrics,
    private readonly clock: () => number = Date.now,
    private readonly source: KeySource = APPLICATIONS,
  ) {}

  /**
   * @param kid which must be in it: one that is not makes it read again, at most twice a minute whoever asks
   * @returns the same object until it is read again; without keys when none were ever to be had
   */
  async of(url: string, kid?: string): Promise<KeySet> {
    const kept = this.entry(url);
    const { set } = kept;
    const missing = !set || (kid !== undefined && !set.keys.some((key) => key.kid === kid));
    const stale = this.clock() - kept.readAtMs > FRESH_MS;
    this.metrics.cache('jwks', missing ? 'miss' : stale ? 'stale' : 'hit');
    if (missing) await this.read(url, kept);
    else if (stale) void this.read(url, kept);
    const usable = kept.set && this.clock() - kept.readAtMs < LAST_KNOWN_GOOD_MS;
    return usable ? kept.set! : NONE;
  }

  private entry(url: string): Kept {
    let kept = this.kept.get(url);
    if (!kept) {
      if (this.kept.size >= MAX_KEPT) this.kept.delete(this.kept.keys().next().value!);
      kept = { set: undefined, readAtMs: 0, askedAtMs: [], asking: undefined };
      this.kept.set(url, kept);
    }
    return kept;
  }

  /** Calls at the same time share one read. Never throws. */
  private read(url: string, kept: Kept): Promise<void> {
    if (kept.asking) return kept.asking;
    const now = this.clock();
    kept.askedAtMs = kept.askedAtMs.filter((at) => now - at < WINDOW_MS);
    if (kept.askedAtMs.length >= PER_WINDOW) return Promise.resolve();
    kept.askedAtMs.push(now);
    kept.asking = this.fetch(url, kept).finally(() => {
      kept.asking = undefined;
    });
    return kept.asking;
  }

  private async fetch(url: string, kept: Kept): Promise<void> {
    try {
      const read = this.source.schema.safeParse(JSON.parse(await this.door.read(url)));
      if (!read.success) throw new KeysUnavailable(NO_KEY_SET);
      Object.assign(kept, { set: read.data, readAtMs: this.clock() });
      this.source.accepted?.();
    } catch (error) {
      const reason = error instanceof KeysUnavailable ? error.message : 'not JSON';
      const answered = !(error instanceof KeysUnavailable) || error.message === NO_KEY_SET;
      this.metrics.cache('jwks', answered ? 'rejected' : 'error');
      // Whose it is the host tells; path and query may hold what is nobody's business.
      const host = URL.parse(url)?.host;
      this.logger.warn({ host, reason }, `the keys of ${this.source.whose} could not be read`);
    }
  }
}

const NONE: KeySet = { keys: [] };
