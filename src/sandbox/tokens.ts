import { randomBytes } from 'node:crypto';
import { Fault } from './fault.js';

/** What a sign-in established, in whichever flow; an access token stands for it. */
export interface Session {
  readonly clientId: string;
  /** Scope parameter as it was asked for. */
  readonly scope: string;
  /** API scopes in the dialect's spelling. */
  readonly scopes: readonly string[];
  /** What the id_token says of how the device was recognized; undefined: it says nothing. */
  readonly amr: readonly string[] | undefined;
  readonly nonce?: string;
  readonly phoneNumber: string;
  readonly fault: Fault | undefined;
}

interface Ticket<T> {
  readonly session: T;
  readonly expiresAtMs: number;
  uses: number;
}

/** One-time tickets (codes, access tokens, TS.43 tokens) in memory: opaque, random, good for one use. */
export class OneTimeTickets<T> {
  private readonly tickets = new Map<string, Ticket<T>>();

  /** @param clock milliseconds since the epoch */
  constructor(private readonly clock: () => number) {}

  issue(session: T, ttlSeconds: number): string {
    this.sweep();
    const ticket = randomBytes(32).toString('base64url');
    this.tickets.set(ticket, { session, expiresAtMs: this.clock() + ttlSeconds * 1000, uses: 0 });
    return ticket;
  }

  /** @returns what it stands for on the first use before its end; undefined ever after */
  spend(ticket: string | undefined): T | undefined {
    const found = this.tickets.get(ticket ?? '');
    if (!found) return undefined;
    found.uses += 1;
    return found.uses === 1 && found.expiresAtMs > this.clock() ? found.session : undefined;
  }

  /** @returns how often each ticket was presented, oldest first; expired ones are forgotten in time */
  uses(): number[] {
    return [...this.tickets.values()].map((ticket) => ticket.uses);
  }

  private sweep(): void {
    // All tickets of one kind live equally long but for a few: the oldest are at the front.
    for (const [ticket, { expiresAtMs }] of this.tickets) {
      if (expiresAtMs > this.clock()) return;
      this.tickets.delete(ticket);
    }
  }
}

/** Remembers ids that may be seen once (`jti` of assertions). */
export class SeenOnce {
  private readonly seen = new Map<string, number>();

  constructor(private readonly clock: () => number) {}

  /** @returns false when the id was shown before */
  take(id: string, ttlSeconds: number): boolean {
    const now = this.clock();
    for (const [old, end] of this.seen) {
      if (end > now) break;
      this.seen.delete(old);
    }
    if (this.seen.has(id)) return false;
    this.seen.set(id, now + ttlSeconds * 1000);
    return true;
  }
}
