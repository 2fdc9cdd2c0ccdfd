import { Asked } from './ciba-request.js';
import { ShortLived } from './short-lived.js';

const MOST_HERE = 20_000;

/** How ASPs and operators are asked; in seconds. */
export interface CibaTimes {
  readonly interval: number;
  readonly tolerance: number;
  readonly slowDown: number;
  readonly remembered: number;
  readonly lease: number;
}

interface Kept {
  readonly clientId: string;
  readonly request: string;
  readonly endsAtMs: number;
  operatorInterval: number;
  operatorDueAtMs: number;
  intervalSeconds: number;
  askedAtMs: number | undefined;
  outcome: string | undefined;
  consumed: boolean;
}

export interface NewCibaRequest {
  readonly clientId: string;
  /** Sealed. */
  readonly request: string;
  readonly lifetimeSeconds: number;
  readonly operatorIntervalSeconds: number;
}

/** CIBA requests that were taken on while Postgres was away: the same rules, in this process. */
export class MemoryCiba {
  private readonly kept: ShortLived<Kept>;

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly times: CibaTimes,
    private readonly clock: () => number = Date.now,
  ) {
    this.kept = new ShortLived(MOST_HERE, clock);
  }

  knows(key: string): boolean {
    return this.kept.knows(key);
  }

  /** @throws TemporarilyUnavailable when there is no room */
  open(key: string, { clientId, request, lifetimeSeconds, operatorIntervalSeconds }: NewCibaRequest): void {
    const now = this.clock();
    const kept: Kept = {
      clientId,
      request,
      endsAtMs: now + lifetimeSeconds * 1000,
      operatorInterval: operatorIntervalSeconds,
      operatorDueAtMs: now,
      intervalSeconds: this.times.interval,
      askedAtMs: undefined,
      outcome: undefined,
      consumed: false,
    };
    this.kept.put(key, kept, lifetimeSeconds + this.times.remembered);
  }

  ask(key: string, clientId: string): Asked | undefined {
    const kept = this.kept.get(key);
    if (kept?.clientId !== clientId) return undefined;
    const now = this.clock();
    const { askedAtMs, intervalSeconds } = kept;
    const early =
      askedAtMs !== undefined && askedAtMs + (intervalSeconds - this.times.tolerance) * 1000 > now;
    kept.askedAtMs = now;
    if (early) kept.intervalSeconds += this.times.slowDown;
    if (kept.consumed) return { state: 'consumed' };
    if (kept.endsAtMs <= now) return { state: 'ended' };
    if (early) return { state: 'early' };
    return { state: kept.outcome === undefined ? 'pending' : 'settled' };
  }

  /** @returns what is sealed */
  claim(key: string): { request: string; intervalSeconds: number } | 'not_yet' | 'settled' {
    const kept = this.unsettled(key);
    if (!kept) return 'settled';
    const now = this.clock();
    if (kept.operatorDueAtMs > now) return 'not_yet';
    kept.operatorDueAtMs = now + (kept.operatorInterval + this.times.lease) * 1000;
    return { request: kept.request, intervalSeconds: kept.operatorInterval };
  }

  postpone(key: string, intervalSeconds: number): void {
    const kept = this.kept.get(key);
    if (!kept) return;
    kept.operatorInterval = intervalSeconds;
    kept.operatorDueAtMs = this.clock() + intervalSeconds * 1000;
  }

  settle(key: string, outcome: string): void {
    const kept = this.kept.get(key);
    if (kept && !kept.consumed) kept.outcome ??= outcome;
  }

  take(key: string, clientId: string): string | undefined {
    const kept = this.kept.get(key);
    if (kept?.clientId !== clientId || kept.consumed || kept.outcome === undefined) return undefined;
    const { outcome } = kept;
    Object.assign(kept, { consumed: true, outcome: undefined });
    return outcome;
  }

  private unsettled(key: string): Kept | undefined {
    const kept = this.kept.get(key);
    const isOpen = kept && !kept.consumed && kept.outcome === undefined && kept.endsAtMs > this.clock();
    return isOpen ? kept : undefined;
  }
}
