import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { SignJWT, importJWK } from 'jose';
import { Grant } from '../../src/contract/grant.js';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../../src/contract/number-verification.js';
import { Grants } from '../../src/grants/grants.js';
import type { Gateway, SandboxInfo } from '../../src/boot.js';

const MAX_HOPS = 5;

/** One sign-in as an application begins it; what it must still know when the code comes back. */
export interface SignIn {
  verifier: string;
  state: string;
  authorizeUrl: URL;
}

/** Who signs in, as in `sandbox.json`. */
export type Asp = Pick<SandboxInfo, 'issuer' | 'application'>;

/** @param extra parameters of /authorize that differ from the usual ones; undefined leaves one out */
export function beginSignIn(
  { issuer, application }: Asp,
  extra: Record<string, string | undefined> = {},
): SignIn {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomUUID();
  const authorizeUrl = new URL('/authorize', issuer);
  const parameters = {
    response_type: 'code',
    client_id: application.clientId,
    redirect_uri: application.redirectUri,
    scope: `openid dpv:FraudPreventionAndDetection ${VERIFY_SCOPE} ${SHARE_SCOPE}`,
    state,
    nonce: randomUUID(),
    prompt: 'none',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) authorizeUrl.searchParams.set(name, value);
  }
  return { verifier, state, authorizeUrl };
}

/**
 * Walks the redirects as a device on mobile data does: no cookies, its address on every hop.
 * @returns where the chain ends: the application's redirect URI with `code` or `error`
 */
export async function followAsDevice(from: URL, ip: string, redirectUri: string): Promise<URL> {
  let url = from;
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    const answer = await fetch(url, { redirect: 'manual', headers: { 'x-forwarded-for': ip } });
    const location = answer.headers.get('location');
    if (!location) throw new Error(`hop ${hop} answered ${answer.status}: ${await answer.text()}`);
    url = new URL(location, url);
    if (url.href.startsWith(redirectUri)) return url;
  }
  throw new Error(`no end after ${MAX_HOPS} redirects`);
}

/** A private_key_jwt assertion of the application (RFC 7523). */
async function clientAssertion({ issuer, application }: Asp): Promise<string> {
  const { privateKeyJwk, clientId } = application;
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: privateKeyJwk.kid! })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(`${issuer}/token`)
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(await importJWK(privateKeyJwk, 'ES256'));
}

/** @returns the raw answer of /token */
async function redeemCode(asp: Asp, code: string, verifier: string): Promise<Response> {
  return fetch(new URL('/token', asp.issuer), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: asp.application.redirectUri,
      code_verifier: verifier,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await clientAssertion(asp),
    }),
  });
}

/** @returns a fresh access token for the device at this address, by the whole chain of hops */
export async function tokenFor(asp: Asp, ip: string, extra: Record<string, string> = {}): Promise<string> {
  const { verifier, authorizeUrl } = beginSignIn(asp, extra);
  const back = await followAsDevice(authorizeUrl, ip, asp.application.redirectUri);
  const code = back.searchParams.get('code');
  if (!code) throw new Error(`sign-in ended with ${back.searchParams.toString()}`);
  const answer = await redeemCode(asp, code, verifier);
  const body = (await answer.json()) as { access_token?: string };
  if (!body.access_token) throw new Error(`/token answered ${answer.status}: ${JSON.stringify(body)}`);
  return body.access_token;
}

/** @returns the same token with other contents, such as an `amr` no device of the sandbox has, and its own jti */
export function reseal({ app }: Pick<Gateway, 'app'>, token: string, change: Partial<Grant>): string {
  const grants = app.get(Grants, { strict: false });
  const grant = grants.open(`Bearer ${token}`, VERIFY_SCOPE);
  return grants.seal({ ...grant, jti: randomUUID(), ...change });
}

/** Lifetime of a token that was good until a minute ago. */
export function expired(): Pick<Grant, 'issuedAt' | 'expiresAt'> {
  const now = Math.floor(Date.now() / 1000);
  return { issuedAt: now - 300, expiresAt: now - 60 };
}
