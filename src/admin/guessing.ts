import { Injectable } from '@nestjs/common';
import { FastifyRequest } from 'fastify';
import { Lockout } from '../http/lockout.js';
import { ClientAddresses } from '../routing/client-address.js';
import { AdminRefusal } from './refusal.js';

const FREE_FAILURES = 10;
const SETTINGS = { longestLockMs: 5 * 60_000, forgottenAfterMs: 10 * 60_000, maxKept: 10_000 };

/** Whoever presents wrong tokens again and again is not listened to for a while: longer each time. */
@Injectable()
export class Guessing {
  private readonly byAddress = new Lockout(SETTINGS);

  constructor(private readonly addresses: ClientAddresses) {}

  /** @throws AdminRefusal tooMany, with the seconds left */
  requirePatience(request: FastifyRequest): void {
    const retryAfterSeconds = this.byAddress.secondsLeft(this.addressOf(request));
    if (retryAfterSeconds > 0) throw new AdminRefusal('tooMany', { retryAfterSeconds });
  }

  failed(request: FastifyRequest): void {
    this.byAddress.failed(this.addressOf(request), FREE_FAILURES);
  }

  private addressOf({ raw }: FastifyRequest): string {
    return this.addresses.of(raw)?.ip ?? 'unknown';
  }
}
