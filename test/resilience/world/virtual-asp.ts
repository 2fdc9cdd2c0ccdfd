import { createHash, generateKeyPairSync, KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { Agent, Dispatcher, request } from 'undici';
import { VERIFY_SCOPE } from '../../../src/contract/number-verification.js';
import { until } from '../phases/until.js';
import { VIRTUAL_OPERATORS } from '../virtual-operators.js';
import { PURPOSE, SeededTenant } from './seed-tenants.js';
import { World } from './world.js';

export const REDIRECT_URI = 'https://asp.example/callback';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const KNOWN_WITHIN_MS = 10_000;

/** A code as it came back to the application, and what redeems it. */
export interface FreshCode {
  readonly code: string;
  readonly verifier: string;
}

/** Whatever an endpoint said. */
export interface Said {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** An ASP with a key of its own, which signs users in as real ones do: by redirects, and at the token endpoint. */
export class VirtualAsp {
  private readonly agent = new Agent({ connections: 128 });
  private readonly key: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  private readonly kid = randomUUID();

  private constructor(
    private readonly world: World,
    readonly tenant: SeededTenant,
  ) {}

  /** Registers the key of a tenant's application, and waits until every gateway knows it. */
  static async enrol(world: World, tenant: SeededTenant): Promise<VirtualAsp> {
    const asp = new VirtualAsp(world, tenant);
    const { kty, crv, x, y } = asp.key.export({ format: 'jwk' });
    const jwks = { keys: [{ kty, crv, x, y, kid: asp.kid, use: 'sig', alg: 'ES256' }] };
    await world.pool.query('UPDATE applications SET jwks = $2 WHERE id = $1', [tenant.applicationId, jwks]);
    for (const { name, url } of world.gateways) {
      const known = async (): Promise<boolean> => {
        const { body } = await asp.redeem({ code: 'unknown', verifier: 'x'.repeat(43) }, { at: url });
        return body.includes('invalid_grant');
      };
      if (!(await until(known, KNOWN_WITHIN_MS, 100))) throw new Error(`${name} does not learn of a new key`);
    }
    return asp;
  }

  /** Issuer of our tokens, and its token endpoint: where the balancer listens. */
  get issuer(): string {
    return this.world.balancer.url;
  }

  /** Begins a sign-in. @returns where the operator sends the device once it knows it; not visited yet */
  async callbackOf(operatorId: string, verifier: string): Promise<URL> {
    const asked = (await this.visit(this.authorizeUrl(verifier), operatorId)).searchParams;
    const callback = asked.get('redirect_uri');
    if (callback === null) throw new Error(`no way to the operator: ${asked.get('error')}`);
    const back = new URL(callback);
    back.search = new URLSearchParams({ code: randomUUID(), state: asked.get('state') ?? '' }).toString();
    return back;
  }

  /** The way of a device in the operator's network. @throws Error when it does not end with a code */
  async signIn(operatorId: string): Promise<FreshCode> {
    const verifier = randomBytes(32).toString('base64url');
    const back = await this.visit(await this.callbackOf(operatorId, verifier), operatorId);
    const code = back.searchParams.get('code');
    if (code === null) throw new Error(`no code: ${back.searchParams.get('error')}`);
    return { code, verifier };
  }

  private authorizeUrl(verifier: string): URL {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: this.tenant.clientId,
      redirect_uri: REDIRECT_URI,
      scope: `openid ${PURPOSE} ${VERIFY_SCOPE}`,
      state: randomUUID(),
      nonce: randomUUID(),
      prompt: 'none',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    return new URL(`${this.issuer}/authorize?${query.toString()}`);
  }

  /** @param options `at`: another gateway than the balancer chooses; `assertion`: instead of a fresh one */
  async redeem(
    { code, verifier }: FreshCode,
    { at = this.issuer, assertion }: { at?: string; assertion?: string } = {},
  ): Promise<Said> {
    return this.post(`${at}/token`, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: assertion ?? (await this.assertion()),
    });
  }

  /** RFC 7523 §2.2, right unless changed. */
  assertion(change: { aud?: string | string[]; jti?: string } = {}): Promise<string> {
    const { clientId } = this.tenant;
    return new SignJWT({ jti: change.jti ?? randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: this.kid })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(change.aud ?? `${this.issuer}/token`)
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(this.key);
  }

  post(url: string, form: Record<string, string>): Promise<Said> {
    const body = new URLSearchParams(form).toString();
    return this.ask(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
  }

  async ask(url: string | URL, options: Omit<Dispatcher.RequestOptions, 'path' | 'origin'>): Promise<Said> {
    const { statusCode, headers, body } = await request(url, { ...options, dispatcher: this.agent });
    return { status: statusCode, headers, body: await body.text() };
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async visit(url: URL, operatorId: string): Promise<URL> {
    const network = VIRTUAL_OPERATORS.findIndex(({ id }) => id === operatorId) + 1;
    const headers = { 'x-forwarded-for': `10.${network}.0.7` };
    const { status, headers: told } = await this.ask(url, { method: 'GET', headers });
    if (told['location'] === undefined) throw new Error(`${url.pathname} led nowhere: ${status}`);
    return new URL(String(told['location']), url);
  }
}
