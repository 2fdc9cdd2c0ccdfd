import { createHash, createPrivateKey, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { ApiScope, VERIFY_SCOPE } from '../../src/contract/number-verification.js';
import { Secret } from '../../src/contract/secret.js';
import { Operator } from '../../src/operators/operator.js';
import { sandboxSecrets } from '../../src/sandbox/sandbox-secrets.js';
import { Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { deviceOf, scopeOf } from './simulated-operators.js';

export const CLIENT_ID = 'app-1';
const REDIRECT_URI = 'https://gateway.example/callback';
const VERIFIER = 'v'.repeat(43);
type Endpoint = 'token' | 'bc-authorize';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** How a client proves itself: headers, or parameters of the form. */
export interface Proof {
  headers?: Record<string, string>;
  form?: Record<string, string>;
}

/** Plays the gateway against a running sandbox, hop by hop; `changes` spoil one hop. */
export class Rig {
  /** How long a token or API call is waited for. */
  deadlineMs = 3_000;

  private constructor(
    readonly sandbox: Sandbox,
    private readonly secrets: ReadonlyMap<string, Secret>,
    private readonly key: CryptoKey,
    private readonly clock: () => number,
    readonly close: () => Promise<void>,
  ) {}

  static async start(operators: readonly Operator[], clock = Date.now): Promise<Rig> {
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
    return new Rig(sandbox, secrets, privateKey, clock, async () => {
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
    const { auth } = operator;
    const query = {
      response_type: 'code',
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      state: 'state-1',
      scope: scopeOf(operator, scope),
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
    proof?: Proof,
  ): Promise<Response> {
    const { headers, form } = proof ?? (await this.proof(operator));
    const redemption = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      ...(operator.auth.pkce ? { code_verifier: VERIFIER } : {}),
    };
    return this.post(operator, 'token', { ...redemption, ...form, ...changes }, headers);
  }

  /** One request to an OAuth endpoint; undefined leaves a parameter out. */
  post(
    operator: Operator,
    endpoint: Endpoint,
    form: Record<string, string | undefined>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const signal = AbortSignal.timeout(this.deadlineMs);
    const body = new URLSearchParams(given);
    return fetch(`${this.issuer(operator)}/${endpoint}`, { method: 'POST', body, headers, signal });
  }

  /** An assertion of the gateway with these claims, to live 60 s; undefined leaves one out. */
  sign(claims: Record<string, unknown>): Promise<string> {
    const now = Math.floor(this.clock() / 1000);
    return new SignJWT({ iss: CLIENT_ID, iat: now, exp: now + 60, jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(this.key);
  }

  /** How the manifest wants the client to prove itself. @param claims spoil the JWT */
  async proof(
    operator: Operator,
    claims: Record<string, unknown> = {},
    endpoint: Endpoint = 'token',
  ): Promise<Proof> {
    const { client } = operator.auth;
    const now = Math.floor(this.clock() / 1000);
    const times = { iat: now, exp: now + 60, jti: randomUUID() };
    if (client.method === 'private_key_jwt') {
      const issuer = this.issuer(operator);
      const aud = client.audience === 'issuer' ? issuer : `${issuer}/${endpoint}`;
      const client_assertion = await this.sign({ sub: CLIENT_ID, aud, ...claims });
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
