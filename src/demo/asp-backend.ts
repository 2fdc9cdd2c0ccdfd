import { randomUUID } from 'node:crypto';
import { importJWK, JWK, SignJWT } from 'jose';

/** The part of `sandbox.json` an application needs to sign its users in. */
export interface DemoApplication {
  readonly issuer: string;
  readonly application: {
    readonly clientId: string;
    readonly privateKeyJwk: JWK;
    readonly redirectUri: string;
  };
}

/** What an OAuth endpoint of the gateway said. */
export interface OAuthAnswer {
  readonly status: number;
  readonly body: {
    access_token?: string;
    auth_req_id?: string;
    interval?: number;
    error?: string;
    error_description?: string;
  };
}

export const DEADLINE_MS = 10_000;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** An application's backend: the side that holds the key and talks to the gateway's OAuth endpoints. */
export class AspBackend {
  constructor(readonly own: DemoApplication) {}

  /** Asks with private_key_jwt (RFC 7523), the endpoint's URL as audience. */
  async ask(path: '/token' | '/bc-authorize', form: Record<string, string>): Promise<OAuthAnswer> {
    const { clientId } = this.own.application;
    const client_assertion = await this.sign(path, { sub: clientId });
    return this.post(path, { ...form, client_assertion_type: ASSERTION_TYPE, client_assertion });
  }

  /** Asks without any client authentication but what the form holds. */
  async post(path: string, form: Record<string, string>): Promise<OAuthAnswer> {
    const response = await fetch(`${this.own.issuer}${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return { status: response.status, body: (await response.json()) as OAuthAnswer['body'] };
  }

  /** An assertion of the application for this endpoint, good for 60 s. */
  async sign(path: string, claims: Record<string, unknown>): Promise<string> {
    const { clientId, privateKeyJwk } = this.own.application;
    return new SignJWT({ jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: privateKeyJwk.kid })
      .setIssuer(clientId)
      .setAudience(`${this.own.issuer}${path}`)
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(await importJWK(privateKeyJwk, 'ES256'));
  }
}

/** @throws Error with the OAuth error when there is no token */
export function tokenIn({ status, body }: OAuthAnswer): string {
  if (status === 200 && body.access_token !== undefined) return body.access_token;
  throw new Error(`no token: ${status} ${body.error} ${body.error_description ?? ''}`);
}
