import { setTimeout as delay } from 'node:timers/promises';
import { ApiScope } from '../contract/number-verification.js';
import { AspBackend, DEADLINE_MS, OAuthAnswer } from './asp-backend.js';
import { DemoDevice } from './sandbox-info.js';

const PURPOSE = 'dpv:FraudPreventionAndDetection';
export const CIBA = 'urn:openid:params:grant-type:ciba';
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const MOST_POLLS = 5;

/** Signs a device in by a token of its SIM (GSMA TS.43) instead of redirects, so on Wi-Fi, too. */
export class SimClient {
  constructor(private readonly backend: AspBackend) {}

  /** What the gateway's discovery document lists. */
  async grantTypes(): Promise<readonly string[]> {
    const document = await fetch(`${this.backend.own.issuer}/.well-known/openid-configuration`);
    return ((await document.json()) as { grant_types_supported: string[] }).grant_types_supported;
  }

  /** What the phone's operating system gets from the operator: opaque, good once. */
  async operatorToken({ operatorTokenUrl, ip }: DemoDevice): Promise<string> {
    const response = await fetch(operatorTokenUrl, {
      method: 'POST',
      headers: { 'x-forwarded-for': ip },
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    if (!response.ok) throw new Error(`no operator token: ${response.status}`);
    return ((await response.json()) as { operatorToken: string }).operatorToken;
  }

  /** CIBA: begins. The token does not say whose it is: `mccmnc` or `operator_id` does. @param hint login_hint */
  begin(device: DemoDevice, scope: ApiScope, hint: string): Promise<OAuthAnswer> {
    return this.backend.ask('/bc-authorize', {
      scope: `openid ${PURPOSE} ${scope}`,
      login_hint: hint,
      ...networkOf(device),
    });
  }

  /** CIBA: polls at the interval until there is an end. */
  async end({ body }: OAuthAnswer): Promise<OAuthAnswer> {
    for (let polls = 1; ; polls += 1) {
      const answer = await this.poll(body.auth_req_id ?? '');
      const goesOn = answer.body.error === 'authorization_pending' || answer.body.error === 'slow_down';
      if (!goesOn || polls === MOST_POLLS) return answer;
      await delay((body.interval ?? 5) * 1000);
    }
  }

  /** CIBA: polls once. */
  poll(authReqId: string): Promise<OAuthAnswer> {
    return this.backend.ask('/token', { grant_type: CIBA, auth_req_id: authReqId });
  }

  /** The assertion of the JWT bearer grant: client authentication, device and scope in one. */
  async assertion(device: DemoDevice, scope: ApiScope): Promise<string> {
    const sub = `operatortoken:${await this.operatorToken(device)}`;
    return this.backend.sign('/token', { sub, scope: `${PURPOSE} ${scope}`, ...networkOf(device) });
  }

  /** JWT bearer (RFC 7523 2.1): one request, one token. */
  byAssertion(assertion: string): Promise<OAuthAnswer> {
    return this.backend.post('/token', { grant_type: JWT_BEARER, assertion });
  }
}

/** The network would do; two operators of a sandbox may share one. */
function networkOf({ operator, mccmnc }: DemoDevice): Record<string, string> {
  return { operator_id: operator, ...(mccmnc === undefined ? {} : { mccmnc }) };
}
