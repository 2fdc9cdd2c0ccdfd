import { createHash, generateKeyPairSync, JsonWebKey, KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { VERIFY_SCOPE } from '../../../src/contract/number-verification.js';
import { VIRTUAL_OPERATORS } from '../virtual-operators.js';
import { PURPOSE, SeededTenant } from '../world/seed-tenants.js';
import { World } from '../world/world.js';

export const FLOWS = ['authorization_code', 'jwt_bearer', 'ciba'] as const;
export type Flow = (typeof FLOWS)[number];

/** How one sign-in ended. */
export interface SignInRecord {
  readonly flow: Flow;
  /** Undefined: there was none, and `why` says where it ended. */
  readonly token: string | undefined;
  readonly why: string;
  readonly ms: number;
}

/** A sign-in whose device stands at the operator; it goes on with {@link SignIns.finish}. */
export interface Begun {
  readonly verifier: string;
  /** Where the operator sends the device, state and code in it. */
  readonly callback: URL;
  readonly startedAt: number;
}

const REDIRECT_URI = 'https://asp.example/callback';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const CIBA = 'urn:openid:params:grant-type:ciba';
const ANSWER_WITHIN_MS = 10_000;

/**
 * An application that signs devices in, at a gateway of its choice: what begins at one process while Postgres is away
 * can only end there.
 */
export class SignIns {
  private constructor(
    private readonly tenant: SeededTenant,
    private readonly issuer: string,
    private readonly privateKey: KeyObject,
    private readonly operatorId: string,
  ) {}

  /** Gives one of the tenants a key and all flows; the gateways know it within two seconds. */
  static async enable(world: World, tenant: SeededTenant, operatorId: string): Promise<SignIns> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk: JsonWebKey = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' };
    await world.pool.query('UPDATE applications SET jwks = $2 WHERE id = $1', [
      tenant.applicationId,
      JSON.stringify({ keys: [jwk] }),
    ]);
    await world.pool.query('UPDATE subscriptions SET grant_types = $2 WHERE id = $1', [
      tenant.subscriptionId,
      ['authorization_code', CIBA, JWT_BEARER],
    ]);
    return new SignIns(tenant, world.balancer.url, privateKey, operatorId);
  }

  /** @param at URL of the gateway */
  async run(flow: Flow, at: string): Promise<SignInRecord> {
    const startedAt = performance.now();
    try {
      if (flow === 'authorization_code') return await this.finish(await this.begin(at), at);
      const token = flow === 'jwt_bearer' ? await this.byAssertion(at) : await this.byCiba(at);
      return { flow, token, why: '', ms: performance.now() - startedAt };
    } catch (error) {
      return { flow, token: undefined, why: String(error), ms: performance.now() - startedAt };
    }
  }

  /** The first half of a sign-in by redirect. @throws Error when the device is not sent to the operator */
  async begin(at: string): Promise<Begun> {
    const startedAt = performance.now();
    const verifier = randomBytes(32).toString('base64url');
    const url = new URL('/authorize', at);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.tenant.clientId,
      redirect_uri: REDIRECT_URI,
      scope: `openid ${PURPOSE} ${VERIFY_SCOPE}`,
      state: randomUUID(),
      nonce: randomUUID(),
      prompt: 'none',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString();
    const asked = (await this.visit(url)).searchParams;
    const callback = asked.get('redirect_uri');
    if (callback === null) throw new Error(`authorize: ${asked.get('error')}`);
    const back = new URL(callback);
    back.search = new URLSearchParams({ code: randomUUID(), state: asked.get('state') ?? '' }).toString();
    return { verifier, callback: back, startedAt };
  }

  /** The second half, perhaps at another gateway. Never throws. */
  async finish({ verifier, callback, startedAt }: Begun, at: string): Promise<SignInRecord> {
    const flow = 'authorization_code';
    try {
      const back = await this.visit(new URL(callback.pathname + callback.search, at));
      const code = back.searchParams.get('code');
      if (code === null) throw new Error(`callback: ${back.searchParams.get('error')}`);
      const form = { code, redirect_uri: REDIRECT_URI, code_verifier: verifier };
      const token = await this.token(at, { grant_type: flow, ...form, ...(await this.proof('/token')) });
      return { flow, token, why: '', ms: performance.now() - startedAt };
    } catch (error) {
      return { flow, token: undefined, why: String(error), ms: performance.now() - startedAt };
    }
  }

  private async byAssertion(at: string): Promise<string> {
    const assertion = await this.sign('/token', {
      sub: `operatortoken:${randomUUID()}`,
      operator_id: this.operatorId,
      scope: `${PURPOSE} ${VERIFY_SCOPE}`,
    });
    return this.token(at, { grant_type: JWT_BEARER, assertion });
  }

  private async byCiba(at: string): Promise<string> {
    const { auth_req_id } = await this.post(at, '/bc-authorize', {
      scope: `openid ${PURPOSE} ${VERIFY_SCOPE}`,
      login_hint: `operatortoken:${randomUUID()}`,
      operator_id: this.operatorId,
      ...(await this.proof('/bc-authorize')),
    });
    const proof = await this.proof('/token');
    return this.token(at, { grant_type: CIBA, auth_req_id: auth_req_id ?? '', ...proof });
  }

  private async token(at: string, form: Record<string, string>): Promise<string> {
    const { access_token } = await this.post(at, '/token', form);
    if (access_token === undefined) throw new Error('no token');
    return access_token;
  }

  private async post(
    at: string,
    path: string,
    form: Record<string, string>,
  ): Promise<Record<string, string | undefined>> {
    const answer = await fetch(at + path, {
      method: 'POST',
      body: new URLSearchParams(form),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const body = (await answer.json()) as Record<string, string | undefined>;
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${body.error}`);
    return body;
  }

  /** One hop of the device, which is in the network of the operator. @returns where it is sent */
  private async visit(url: URL): Promise<URL> {
    const network = 1 + VIRTUAL_OPERATORS.findIndex(({ id }) => id === this.operatorId);
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { 'x-forwarded-for': `10.${network}.0.1` },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    await answer.arrayBuffer();
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`${url.pathname}: ${answer.status}`);
    return new URL(location);
  }

  private async proof(path: string): Promise<Record<string, string>> {
    const client_assertion = await this.sign(path, { sub: this.tenant.clientId });
    return { client_assertion_type: ASSERTION_TYPE, client_assertion };
  }

  private sign(path: string, claims: Record<string, unknown>): Promise<string> {
    return new SignJWT({ jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(this.tenant.clientId)
      .setAudience(this.issuer + path)
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(this.privateKey);
  }
}
