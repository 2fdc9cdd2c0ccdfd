import { Injectable, OnApplicationShutdown } from '@nestjs/common';
import { ResponseBodyError } from 'openid-client';
import { CibaPoll } from '../telemetry/labels.js';
import { Metrics } from '../telemetry/metrics.js';
import { requireMobileAuthentication } from './amr.js';
import { CibaOutcome, CibaRequest } from './ciba-request.js';
import { CibaRequests } from './ciba-requests.js';
import { OperatorBackchannel } from './operator-backchannel.js';
import { OperatorChoice } from './operator-choice.js';
import { refusalFor } from './refusal.js';
import { Refusals } from './refusals.js';
import { Subjects } from './subjects.js';

/** CIBA Core 11: for this and all later polls. */
const SLOW_DOWN_SECONDS = 5;
const MAX_INTERVAL_SECONDS = 30;

/**
 * Asks operators what has become of CIBA requests, each at its operator's own interval. The process that took a
 * request on follows it; any other asks when it is polled for one that is due.
 */
@Injectable()
export class CibaPoller implements OnApplicationShutdown {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private stopped = false;

  constructor(
    private readonly requests: CibaRequests,
    private readonly choice: OperatorChoice,
    private readonly backchannel: OperatorBackchannel,
    private readonly subjects: Subjects,
    private readonly refusals: Refusals,
    private readonly metrics: Metrics,
  ) {}

  /** Asks at once, and again until it is settled or ends. @param endsAtMs milliseconds since the epoch */
  async begin(id: string, endsAtMs: number): Promise<void> {
    this.later(id, await this.poll(id), endsAtMs);
  }

  /**
   * Asks the operator, if it is time to and nobody else does.
   * @returns seconds to wait before asking again; undefined when it is settled
   */
  async poll(id: string): Promise<number | undefined> {
    const claimed = await this.requests.claim(id);
    if (claimed === 'settled') return undefined;
    if (claimed === 'not_yet') return 2;
    const { request, intervalSeconds } = claimed;
    const answer = await this.answerOf(request, intervalSeconds);
    if (typeof answer === 'number') {
      await this.requests.postpone(id, answer);
      return answer;
    }
    await this.requests.settle(id, answer);
    return undefined;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    await Promise.allSettled(this.running);
  }

  private later(id: string, seconds: number | undefined, endsAtMs: number): void {
    this.timers.delete(id);
    if (seconds === undefined || this.stopped || Date.now() + seconds * 1000 >= endsAtMs) return;
    const timer = setTimeout(() => {
      const running = this.again(id, seconds, endsAtMs).finally(() => this.running.delete(running));
      this.running.add(running);
    }, seconds * 1000);
    this.timers.set(id, timer.unref());
  }

  private async again(id: string, seconds: number, endsAtMs: number): Promise<void> {
    // Postgres being away ends nothing: the request is asked about again.
    this.later(id, await this.poll(id).catch(() => seconds), endsAtMs);
  }

  /** @returns how it ended, or the seconds to wait before the next poll */
  private async answerOf(request: CibaRequest, intervalSeconds: number): Promise<CibaOutcome | number> {
    try {
      const outcome = await this.collect(request);
      this.metrics.broker.polled(request.operatorId, 'token');
      return outcome;
    } catch (error) {
      const code = error instanceof ResponseBodyError ? error.error : undefined;
      this.metrics.broker.polled(request.operatorId, pollResult(code));
      if (code === 'authorization_pending') return intervalSeconds;
      if (code === 'slow_down') return intervalSeconds + SLOW_DOWN_SECONDS;
      if (code === 'expired_token') return { error: code, description: 'the operator has ended the request' };
      const refusal = refusalFor(error);
      // CIBA Core 11: after a timeout, ask less often.
      if (refusal.error === 'temporarily_unavailable') {
        return Math.min(MAX_INTERVAL_SECONDS, intervalSeconds * 2);
      }
      this.refusals.record(request.operatorId, refusal, 'ciba');
      return { error: 'access_denied', description: refusal.description };
    }
  }

  private async collect(request: CibaRequest): Promise<CibaOutcome> {
    const { operatorId, registrationId, order, openid, hint, rule } = request;
    const chosen = this.choice.again(request);
    const { token, endsAt, amr, subject } = await this.backchannel.collect(chosen, request.operatorRequestId);
    requireMobileAuthentication(amr, chosen.operator.auth);
    const { tenantId, applicationId, subscriptionId, purpose } = order;
    const client = { tenantId, applicationId, subscriptionId, purpose };
    // The SIM's own token is what the operator has taken for the user's authentication.
    const by = amr.length === 0 && hint === 'operatortoken' ? ['sim'] : amr;
    this.refusals.issued(operatorId, 'ciba');
    return {
      subject: this.subjects.of(tenantId, operatorId, subject),
      session: { ...client, operatorId, registrationId, amr: by, operatorToken: token, endsAt, rule },
      order,
      openid,
    };
  }
}

/** @param code of the operator's answer (CIBA Core 11); undefined: it gave none that can be read */
function pollResult(code: string | undefined): CibaPoll {
  if (code === 'authorization_pending') return 'pending';
  if (code === 'slow_down') return 'slow_down';
  if (code === 'expired_token') return 'expired';
  return code === 'access_denied' ? 'denied' : 'error';
}
