import { Gauge } from 'prom-client';
import { Families } from './families.js';
import { AUTH_FAILURES, AuthFailure, GUARDED_PLANES, REPLAYED_THINGS, ReplayedThing } from './labels.js';
import { Cell, Tally } from './tally.js';

/** Credentials that were refused, and one-time things that came twice. */
export class CredentialMetrics {
  private readonly failures: Tally;
  private readonly replays: Tally;
  private readonly degraded: Cell;
  private readonly ending: Gauge;

  constructor(families: Families) {
    this.failures = families.counter('auth_failures_total', 'Refused credentials', ['plane', 'reason']);
    this.replays = families.counter('replays_rejected_total', 'One-time things used twice', ['kind']);
    const help = 'One-time things that this process alone has judged, Postgres being away';
    this.degraded = families.counter('replay_degraded_total', help).of();
    const ending = 'When what we prove ourselves with at an operator ends';
    this.ending = families.gauge('operator_credential_expiry_timestamp_seconds', ending, [
      'operator',
      'kind',
    ]);
    for (const plane of GUARDED_PLANES) for (const reason of AUTH_FAILURES) this.failures.of(plane, reason);
    for (const kind of REPLAYED_THINGS) this.replays.of(kind);
  }

  refused(plane: (typeof GUARDED_PLANES)[number], reason: AuthFailure): void {
    this.failures.of(plane, reason).add();
  }

  /** @param kind of proof: a certificate, a key or a secret of ours */
  ends(operator: string, kind: 'mtls' | 'jwk' | 'secret', at: Date): void {
    this.ending.set({ operator, kind }, at.getTime() / 1000);
  }

  replayed(kind: ReplayedThing): void {
    this.replays.of(kind).add();
  }

  /** Nobody but this process was asked whether a one-time thing is new. */
  judgedAlone(): void {
    this.degraded.add();
  }
}
