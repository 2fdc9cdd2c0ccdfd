import { randomBytes } from 'node:crypto';
import { PollEnd, SignInAct } from './fault.js';
import { isSignInFault } from './magic.js';
import { Session } from './tokens.js';

/** CIBA Core 11: what a poll is told while there is no token. */
type PollRefusal = 'authorization_pending' | 'slow_down' | 'invalid_grant' | PollEnd;

interface Request {
  readonly session: Session;
  readonly endsAtMs: number;
  intervalMs: number;
  nextPollAtMs: number;
  /** Those that did not come too early. */
  polls: number;
}

const SLOW_DOWN_MS = 5_000;
/** Timers fire a little early, networks do not run evenly. */
const TOLERANCE_MS = 100;
/** An ended request is still known as such for a while. */
const REMEMBERED_MS = 600_000;

/** CIBA requests of one operator, polled for; they end with a token, a refusal or their time. */
export class BackchannelRequests {
  private readonly requests = new Map<string, Request>();

  /** @param clock milliseconds since the epoch */
  constructor(private readonly clock: () => number) {}

  /** @returns auth_req_id; the first poll may come at once, the next ones at the interval */
  start(session: Session, ttlSeconds: number, intervalSeconds: number): string {
    const now = this.clock();
    for (const [id, { endsAtMs }] of this.requests) {
      if (endsAtMs + REMEMBERED_MS > now) break;
      this.requests.delete(id);
    }
    const id = randomBytes(32).toString('base64url');
    const intervalMs = intervalSeconds * 1000;
    const endsAtMs = now + ttlSeconds * 1000;
    this.requests.set(id, { session, endsAtMs, intervalMs, nextPollAtMs: now, polls: 0 });
    return id;
  }

  /** @returns the session once, and nothing but refusals after it */
  poll(id: string, clientId: string): Session | PollRefusal {
    const request = this.requests.get(id);
    if (!request || request.session.clientId !== clientId) return 'invalid_grant';
    const now = this.clock();
    if (request.endsAtMs <= now) return 'expired_token';
    const early = now < request.nextPollAtMs - TOLERANCE_MS;
    request.polls += early ? 0 : 1;
    const refusal = early ? 'slow_down' : refusalOf(request);
    if (refusal === 'slow_down') request.intervalMs += SLOW_DOWN_MS;
    request.nextPollAtMs = now + request.intervalMs;
    if (refusal === 'authorization_pending' || refusal === 'slow_down') return refusal;
    this.requests.delete(id);
    return refusal ?? request.session;
  }
}

function refusalOf({ session: { fault }, polls }: Request): PollRefusal | undefined {
  const act: SignInAct | undefined = isSignInFault(fault) ? fault.act : undefined;
  // An odd interval shows only where there is a second poll.
  if (act?.at === 'bc-authorize' && 'interval' in act) return polls > 1 ? undefined : 'authorization_pending';
  if (act?.at !== 'poll') return undefined;
  if ('refused' in act) return act.refused;
  return polls > act.times ? undefined : act.first;
}
