import { Injectable } from '@nestjs/common';
import { FastifyRequest } from 'fastify';
import { ClientAddresses } from '../routing/client-address.js';
import { AdminRefusal } from './refusal.js';

const FREE_FAILURES = 10;
const FORGET_AFTER_MS = 10 * 60_000;
const LONGEST_LOCK_MS = 5 * 60_000;
const MOST_ADDRESSES = 10_000;

interface Record {
  failures: number;
  lastMs: number;
}

/** Whoever presents wrong tokens again and again is not listened to for a while: longer each time. */
@Injectable()
export class Guessing {
  private readonly byAddress = new Map<string, Record>();

  constructor(private readonly addresses: ClientAddresses) {}

  /** @throws AdminRefusal tooMany, with the seconds left */
  requirePatience(request: FastifyRequest): void {
    const record = this.byAddress.get(this.addressOf(request));
    if (!record || record.failures < FREE_FAILURES) return;
    const lockMs = Math.min(LONGEST_LOCK_MS, 1_000 * 2 ** (record.failures - FREE_FAILURES));
    const leftMs = record.lastMs + lockMs - performance.now();
    if (leftMs > 0) throw new AdminRefusal('tooMany', { retryAfterSeconds: Math.ceil(leftMs / 1000) });
  }

  failed(request: FastifyRequest): void {
    const address = this.addressOf(request);
    const now = performance.now();
    const before = this.byAddress.get(address);
    const recent = before && now - before.lastMs < FORGET_AFTER_MS;
    this.byAddress.delete(address);
    this.byAddress.set(address, { failures: recent ? before.failures + 1 : 1, lastMs: now });
    // The one that has been quiet for longest goes first.
    if (this.byAddress.size > MOST_ADDRESSES) this.byAddress.delete(this.byAddress.keys().next().value!);
  }

  private addressOf({ raw }: FastifyRequest): string {
    return this.addresses.of(raw)?.ip ?? 'unknown';
  }
}
