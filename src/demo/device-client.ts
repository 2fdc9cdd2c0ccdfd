import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { ApiScope } from '../contract/number-verification.js';
import { AspBackend, DEADLINE_MS, DemoApplication, tokenIn } from './asp-backend.js';

/** One answer on the device's way through the redirects. */
interface Hop {
  readonly asked: URL;
  readonly status: number;
  /** Where it was sent next; undefined: the chain broke here. */
  readonly next: URL | undefined;
}

export interface SignIn {
  readonly hops: readonly Hop[];
  /** Parameters on the application's redirect URI: `code` or `error`. */
  readonly outcome: URLSearchParams;
  /** PKCE verifier for the token call. */
  readonly verifier: string;
}

const PURPOSE = 'dpv:FraudPreventionAndDetection';
/** Device SDKs in the field give up after ten redirects. */
const MOST_HOPS = 10;

/** Signs a device in by redirects: what an app does on the phone, and its backend at /token. */
export class DeviceClient {
  private readonly backend: AspBackend;

  constructor(private readonly own: DemoApplication) {
    this.backend = new AspBackend(own);
  }

  /**
   * Follows the redirects as a phone on mobile data does; the source address is all the network sees of it.
   * @param ip the device's address, sent as X-Forwarded-For
   */
  async signIn(ip: string, scope: ApiScope): Promise<SignIn> {
    const { clientId, redirectUri } = this.own.application;
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: `openid ${PURPOSE} ${scope}`,
      state: randomUUID(),
      nonce: randomUUID(),
      prompt: 'none',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const hops: Hop[] = [];
    let asked = new URL(`${this.own.issuer}/authorize?${query.toString()}`);
    while (hops.length < MOST_HOPS) {
      const response = await fetch(asked, {
        redirect: 'manual',
        headers: { 'x-forwarded-for': ip },
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      const location = response.headers.get('location');
      const next = location === null ? undefined : new URL(location, asked);
      hops.push({ asked, status: response.status, next });
      if (!next) break;
      if (next.href.startsWith(redirectUri)) return { hops, outcome: next.searchParams, verifier };
      asked = next;
    }
    return { hops, outcome: new URLSearchParams({ error: 'the chain did not come back' }), verifier };
  }

  /**
   * Redeems the code with private_key_jwt (RFC 7523) and PKCE.
   * @throws Error with the OAuth error when there is no token
   */
  async redeem({ outcome, verifier }: SignIn): Promise<string> {
    const code = outcome.get('code');
    if (code === null)
      throw new Error(`no code: ${outcome.get('error')} ${outcome.get('error_description')}`);
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: this.own.application.redirectUri,
      code_verifier: verifier,
    };
    return tokenIn(await this.backend.ask('/token', form));
  }
}
