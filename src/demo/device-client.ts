import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { importJWK, JWK, SignJWT } from 'jose';
import { ApiScope } from '../contract/number-verification.js';

/** The part of `sandbox.json` an application needs to sign its users in. */
export interface DemoApplication {
  readonly issuer: string;
  readonly application: {
    readonly clientId: string;
    readonly privateKeyJwk: JWK;
    readonly redirectUri: string;
  };
}

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

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const PURPOSE = 'dpv:FraudPreventionAndDetection';
/** Device SDKs in the field give up after ten redirects. */
const MOST_HOPS = 10;
const DEADLINE_MS = 10_000;

/** An application's own small OAuth client: what an app does on the phone, and its backend at /token. */
export class DeviceClient {
  constructor(private readonly own: DemoApplication) {}

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
    const response = await fetch(`${this.own.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: this.own.application.redirectUri,
        code_verifier: verifier,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await this.assertion(),
      }),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const answer = (await response.json()) as {
      access_token?: string;
      error?: string;
      error_description?: string;
    };
    if (response.ok && answer.access_token !== undefined) return answer.access_token;
    throw new Error(`no token: ${response.status} ${answer.error} ${answer.error_description ?? ''}`);
  }

  private async assertion(): Promise<string> {
    const { clientId, privateKeyJwk } = this.own.application;
    return new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: privateKeyJwk.kid })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(this.own.issuer)
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(await importJWK(privateKeyJwk, 'ES256'));
  }
}
