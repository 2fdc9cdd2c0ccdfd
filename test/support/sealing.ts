import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Grant } from '../../src/contract/grant.js';
import { VERIFY_SCOPE } from '../../src/contract/number-verification.js';
import { Problem } from '../../src/contract/problem.js';
import { Grants } from '../../src/grants/grants.js';
import { Sealer } from '../../src/grants/sealer.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { KeyProcess, KeyRig } from './key-rig.js';

const LIFETIME_MS = 300_000;
const AT_REST_MS = 600_000;

/** A process of the rig that seals and opens. */
export interface SealingProcess extends KeyProcess {
  readonly grants: Grants;
  readonly sealer: Sealer;
}

export async function startSealing(rig: KeyRig): Promise<SealingProcess> {
  const process = await rig.process();
  await process.ring.ensure(['access-token', 'at-rest']);
  const grants = new Grants(process.ring, 'https://gateway.example', new Metrics(), () => rig.nowMs);
  return { ...process, grants, sealer: new Sealer(process.ring) };
}

/** An access token that lives for 300 s. */
export function tokenOf({ grants }: SealingProcess, nowMs: number): string {
  const issuedAt = Math.floor(nowMs / 1000);
  const grant: Grant = {
    tenantId: 'tenant-1',
    applicationId: 'application-1',
    clientId: 'client-1',
    subscriptionId: 'subscription-1',
    operatorId: 'operator-1',
    registrationId: 'registration-1',
    scopes: [VERIFY_SCOPE],
    purpose: 'dpv:FraudPreventionAndDetection',
    amr: ['nba'],
    subject: 'pairwise-1',
    jti: randomUUID(),
    issuedAt,
    expiresAt: issuedAt + LIFETIME_MS / 1000,
    operatorToken: 'operator-token',
  };
  return grants.seal(grant);
}

/** `opened`, or the name of the Problem. */
export function outcome({ grants }: SealingProcess, token: string): string {
  try {
    grants.open(`Bearer ${token}`, VERIFY_SCOPE);
    return 'opened';
  } catch (error) {
    if (error instanceof Problem) return error.problem;
    throw error;
  }
}

/** What was sealed lately, oldest first. */
export class Sealed {
  private tokens: { token: string; untilMs: number }[] = [];
  private secrets: { sealed: string; untilMs: number }[] = [];
  readonly kids = new Set<string>();

  constructor(private readonly rig: KeyRig) {}

  add(process: SealingProcess): void {
    const token = tokenOf(process, this.rig.nowMs);
    this.kids.add(Buffer.from(token.split('.')[0]!, 'base64url').toString());
    this.tokens.push({ token, untilMs: this.rig.nowMs + LIFETIME_MS - 1_000 });
    this.secrets.push({
      sealed: process.sealer.seal('canary', 'table|1'),
      untilMs: this.rig.nowMs + AT_REST_MS,
    });
  }

  /** Throws unless each process opens all that has not expired. */
  openAll(...processes: SealingProcess[]): void {
    this.tokens = this.tokens.filter(({ untilMs }) => untilMs >= this.rig.nowMs);
    this.secrets = this.secrets.filter(({ untilMs }) => untilMs >= this.rig.nowMs);
    for (const process of processes) {
      const outcomes = new Set(this.tokens.map(({ token }) => outcome(process, token)));
      expect([...outcomes]).toEqual(['opened']);
      for (const { sealed } of this.secrets) process.sealer.open(sealed, 'table|1');
    }
  }
}
