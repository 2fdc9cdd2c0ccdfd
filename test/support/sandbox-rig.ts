import { createHash, createPrivateKey, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { ApiScope, VERIFY_SCOPE } from '../../src/contract/number-verification.js';
import { Secret } from '../../src/contract/secret.js';
import { dialectNamed } from '../../src/dialects/dialects.js';
import { Manifest } from '../../src/operators/manifest.js';
import { Operator } from '../../src/operators/operator.js';
import { sandboxSecrets } from '../../src/sandbox/sandbox-secrets.js';
import { Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';

export const CLIENT_ID = 'app-1';
export const REDIRECT_URI = 'https://gateway.example/callback';
const VERIFIER = 'v'.repeat(43);
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const AUTH: Record<string, object> = {
  'camara-0.3': { scopeForm: 'joined', client: { method: 'client_secret_basic', secret: 'BASIC' } },
  'camara-0.4': { client: { method: 'client_secret_basic', secret: 'BASIC_RAW', encoding: 'raw' } },
  'camara-1.0': { client: { method: 'private_key_jwt', audience: 'issuer' } },
  'camara-2.0': { client: { method: 'private_key_jwt' }, amr: 'required' },
  'camara-2.1': { client: { method: 'private_key_jwt' }, amr: 'required' },
  'vonage-v031': {
    scopeForm: 'joined',
    client: { method: 'application_jwt', secret: 'APPLICATION_KEY' },
    pkce: false,
    nonce: false,
    promptNone: false,
    idToken: false,
  },
};
export const DIALECT_NAMES = Object.keys(AUTH);

/** An operator as its manifest would make it, in 10.(31 + index).0.0/16. */
export function simulated(dialect: string, changes: { auth?: object; capabilities?: object } = {}): Operator {
  const index = DIALECT_NAMES.indexOf(dialect);
  const manifest = Manifest.parse({
    id: `op-${index}`,
    name: dialect,
    dialect,
    lifecycle: 'sandbox',
    basePath: '/number-verification/vX',
    routes: { cidrs: [`10.${31 + index}.0.0/16`] },
    auth: { flows: ['authorization_code'], ...AUTH[dialect], ...changes.auth },
    capabilities: { share: dialect !== 'vonage-v031', ...changes.capabilities },
  });
  return { ...manifest, dialect: dialectNamed(dialect)!, apiRoot: '', off: undefined };
}

export const deviceOf = (operator: Operator, host = '0.1'): string =>
  `${operator.routes.cidrs[0]!.split('.').slice(0, 2).join('.')}.${host}`;

/** Plays the gateway against a running sandbox, hop by hop; `changes` spoil one hop. */
export class Rig {
  /** How long a token or API call is waited for. */
  deadlineMs = 3_000;

  private constructor(
    readonly sandbox: Sandbox,
    private readonly secrets: ReadonlyMap<string, Secret>,
    private readonly key: CryptoKey,
    readonly close: () => Promise<void>,
  ) {}

  static async start(operators: readonly Operator[], clock?: () => number): Promise<Rig> {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }] };
    const keys = createServer((_request, response) => response.end(JSON.stringify(jwks)));
    await new Promise<void>((listening) => keys.listen(0, '127.0.0.1', listening));
    const keysDirectory = mkdtempSync(join(tmpdir(), 'sandbox-'));
    const secrets = sandboxSecrets({ operators, seed: 'seed', keysDirectory });
    const sandbox = await startSandbox({
      operators,
      secrets,
      clock,
      port: 0,
      gatewayUrl: () => `http://127.0.0.1:${(keys.address() as AddressInfo).port}`,
      registration: (_operator, id) => (id === CLIENT_ID ? { redirectUri: REDIRECT_URI } : undefined),
      logger: { error: (fields) => process.stderr.write(`${JSON.stringify(fields)}\n`) },
    });
    return new Rig(sandbox, secrets, privateKey, async () => {
      await sandbox.close();
      keys.close();
    });
  }

  issuer(operator: Operator): string {
    return `${this.sandbox.url}/${operator.id}`;
  }

  /** @returns status and parameters of the redirect */
  async authorize(
    operator: Operator,
    ip: string,
    scope: ApiScope = VERIFY_SCOPE,
    changes: Record<string, string | undefined> = {},
  ): Promise<{ status: number; params: URLSearchParams }> {
    const { auth, dialect } = operator;
    const api = dialect.scopes[scope] ?? 'none';
    const dpv = 'dpv:FraudPreventionAndDetection';
    const query = {
      response_type: 'code',
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      state: 'state-1',
      scope: `openid ${auth.scopeForm === 'joined' ? `${dpv}#${api}` : `${dpv} ${api}`}`,
      ...(auth.nonce ? { nonce: 'nonce-1' } : {}),
      ...(auth.promptNone ? { prompt: 'none' } : {}),
      ...(auth.pkce ? { code_challenge_method: 'S256', code_challenge: sha256url(VERIFIER) } : {}),
      ...changes,
    };
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const response = await fetch(
      `${this.issuer(operator)}/authorize?${new URLSearchParams(given).toString()}`,
      {
        redirect: 'manual',
        headers: { 'x-forwarded-for': ip },
      },
    );
    const location = response.headers.get('location');
    return { status: response.status, params: new URL(location ?? 'https://none.example').searchParams };
  }

  /** @param proof replaces how the client proves itself */
  async token(
    operator: Operator,
    code: string,
    changes: Record<string, string> = {},
    proof?: { headers?: Record<string, string>; form?: Record<string, string> },
  ): Promise<Response> {
    const { headers, form } = proof ?? (await this.proof(operator));
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      ...(operator.auth.pkce ? { code_verifier: VERIFIER } : {}),
      ...form,
      ...changes,
    });
    return fetch(`${this.issuer(operator)}/token`, {
      method: 'POST',
      body,
      headers,
      signal: AbortSignal.timeout(this.deadlineMs),
    });
  }

  /** How the manifest wants the client to prove itself. @param claims spoil the JWT */
  async proof(
    operator: Operator,
    claims: Record<string, unknown> = {},
  ): Promise<{ headers?: Record<string, string>; form?: Record<string, string> }> {
    const { client } = operator.auth;
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, exp: now + 60, jti: randomUUID() };
    if (client.method === 'private_key_jwt') {
      const aud = client.audience === 'issuer' ? this.issuer(operator) : `${this.issuer(operator)}/token`;
      const client_assertion = await new SignJWT({ iss: CLIENT_ID, sub: CLIENT_ID, aud, ...times, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .sign(this.key);
      return { form: { client_assertion, client_assertion_type: ASSERTION_TYPE } };
    }
    const secret = this.secrets.get(client.secret)!.reveal();
    if (client.method === 'application_jwt') {
      const jwt = await new SignJWT({ application_id: CLIENT_ID, ...times, ...claims })
        .setProtectedHeader({ alg: 'RS256' })
        .sign(createPrivateKey(secret));
      return { headers: { authorization: `Bearer ${jwt}` } };
    }
    if (client.method === 'client_secret_post')
      return { form: { client_id: CLIENT_ID, client_secret: secret } };
    const spelled = client.encoding === 'form' ? encodeURIComponent(secret) : secret;
    return { headers: { authorization: `Basic ${btoa(`${CLIENT_ID}:${spelled}`)}` } };
  }

  async accessToken(operator: Operator, ip = deviceOf(operator), scope?: ApiScope): Promise<string> {
    const { params } = await this.authorize(operator, ip, scope);
    const answer = await this.token(operator, params.get('code') ?? 'none');
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  verify(
    operator: Operator,
    token: string,
    body: object,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${this.issuer(operator)}${operator.basePath}/verify`, {
      method: 'POST',
      redirect: 'manual',
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      signal: AbortSignal.timeout(this.deadlineMs),
    });
  }

  share(operator: Operator, token: string): Promise<Response> {
    const headers = { authorization: `Bearer ${token}` };
    const url = `${this.issuer(operator)}${operator.basePath}/device-phone-number`;
    return fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(this.deadlineMs) });
  }
}

const sha256url = (text: string): string => createHash('sha256').update(text).digest('base64url');
