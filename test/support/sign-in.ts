import { randomUUID } from 'node:crypto';
import { SignJWT, importJWK } from 'jose';
import { Asp } from './tokens.js';

/** One answer of a redirect chain. */
export interface Hop {
  url: URL;
  status: number;
  headers: Headers;
  /** Where it sends the device; undefined: the chain ends here. */
  location: URL | undefined;
  body: string;
}

/** One request of a device, redirects not followed. */
export async function visit(
  url: URL | string,
  ip: string,
  headers: Record<string, string> = {},
): Promise<Hop> {
  const answer = await fetch(url, { redirect: 'manual', headers: { 'x-forwarded-for': ip, ...headers } });
  const location = answer.headers.get('location');
  return {
    url: new URL(url),
    status: answer.status,
    headers: answer.headers,
    location: location === null ? undefined : new URL(location, url),
    body: await answer.text(),
  };
}

/** Every hop from here to the application's own redirect URI, which is not visited. */
export async function chainOf(from: URL, ip: string, { application }: Asp): Promise<Hop[]> {
  const hops: Hop[] = [];
  let next: URL | undefined = from;
  while (next && !next.href.startsWith(application.redirectUri) && hops.length < 5) {
    const hop: Hop = await visit(next, ip);
    hops.push(hop);
    next = hop.location;
  }
  return hops;
}

/** Where the operator sends the device after it has authenticated it: our callback, not visited yet. */
export async function callbackOf(authorizeUrl: URL, ip: string): Promise<URL> {
  const toOperator = await visit(authorizeUrl, ip);
  const back = await visit(toOperator.location!, ip);
  return back.location!;
}

/** A client assertion with other claims than the right ones; undefined leaves one out. */
export async function assertionWith(
  { issuer, application }: Asp,
  change: Record<string, unknown> = {},
): Promise<string> {
  const { privateKeyJwk, clientId } = application;
  const now = Math.floor(Date.now() / 1000);
  const right = {
    iss: clientId,
    sub: clientId,
    aud: `${issuer}/token`,
    iat: now,
    exp: now + 60,
    jti: randomUUID(),
  };
  const claims = Object.fromEntries(
    Object.entries({ ...right, ...change }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: privateKeyJwk.kid! })
    .sign(await importJWK(privateKeyJwk, 'ES256'));
}

export interface TokenAnswer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** @param form parameters of POST /token; undefined leaves one out */
export async function postToken(
  { issuer }: Asp,
  form: Record<string, string | undefined>,
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(given),
  });
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await answer.json()) as Record<string, unknown>,
  };
}

/** The form that redeems a code, as it should be. */
export async function redemption(
  asp: Asp,
  code: string,
  verifier: string,
): Promise<Record<string, string | undefined>> {
  return {
    grant_type: 'authorization_code',
    code,
    redirect_uri: asp.application.redirectUri,
    code_verifier: verifier,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertionWith(asp),
  };
}
