import { createPublicKey, KeyObject, timingSafeEqual } from 'node:crypto';
import { Secret } from '../contract/secret.js';
import { ALGORITHMS, gatewayKeys, livesAtMost, Surroundings, verified } from './assertions.js';
import { SeenOnce } from './tokens.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What a request says of its sender. */
interface Credentials {
  /** The URL it came to, as published. */
  readonly endpoint: string;
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
}

/** @returns the client_id that was proven; undefined: 401 invalid_client */
export type ClientAuthentication = (given: Credentials) => Promise<string | undefined>;

/** What client authentication needs beside the surroundings of an operator. */
interface Known extends Surroundings {
  readonly secrets: ReadonlyMap<string, Secret>;
}

/**
 * The check of one operator's manifest, done for real: signatures, audience, lifetime, one use.
 * @throws Error when a secret the manifest names is missing
 */
export function clientAuthentication(around: Known): ClientAuthentication {
  const client = around.operator.auth.client;
  if (client.method === 'private_key_jwt') return privateKeyJwt(around, client.audience);
  const secret = around.secrets.get(client.secret)?.reveal();
  if (secret === undefined)
    throw new Error(`${around.operator.id}: no secret ${client.secret} in the sandbox`);
  if (client.method === 'application_jwt') return applicationJwt(around, createPublicKey(secret));
  if (client.method === 'client_secret_post') {
    return async ({ form, authorization }) =>
      authorization === undefined && same(form.get('client_secret'), secret)
        ? (form.get('client_id') ?? undefined)
        : undefined;
  }
  return async ({ authorization, form }) => {
    if (form.has('client_secret') || form.has('client_assertion')) return undefined;
    const [id, given] = readBasic(authorization, client.encoding) ?? [];
    return same(given, secret) ? id : undefined;
  };
}

/** RFC 7523 3 and FAPI 2.0: one `aud` as the manifest says, at most 300 s, `jti` once, no client_secret beside it. */
function privateKeyJwt(around: Surroundings, audience: 'issuer' | 'token_endpoint'): ClientAuthentication {
  const seen = new SeenOnce(around.clock);
  const keys = gatewayKeys(around);
  return async ({ form, endpoint }) => {
    const assertion = form.get('client_assertion') ?? '';
    if (form.get('client_assertion_type') !== ASSERTION_TYPE || form.has('client_secret')) return undefined;
    const claims = await verified(assertion, keys(), ALGORITHMS, around.clock);
    const aud = audience === 'issuer' ? around.issuer() : endpoint;
    const id = claims?.iss;
    if (!claims || claims.aud !== aud || id === undefined || claims.sub !== id) return undefined;
    if ((form.get('client_id') ?? id) !== id) return undefined;
    return livesAtMost(claims, 300, around.clock) && seen.take(`${id} ${claims.jti}`, 310) ? id : undefined;
  };
}

/** Vonage: `Authorization: Bearer <RS256 JWT {application_id, iat, jti, exp ≤ iat + 900}>`, no client_id at all. */
function applicationJwt(around: Surroundings, key: KeyObject): ClientAuthentication {
  const seen = new SeenOnce(around.clock);
  return async ({ authorization }) => {
    const jwt = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(authorization ?? '')?.[1] ?? '';
    const claims = await verified(jwt, async () => key, ['RS256'], around.clock);
    const id = claims?.['application_id'];
    if (!claims || typeof id !== 'string') return undefined;
    return livesAtMost(claims, 900, around.clock) && seen.take(String(claims.jti), 910) ? id : undefined;
  };
}

/** RFC 6749 2.3.1 percent-encodes both halves; operators in the field take them raw. This one takes one form only. */
function readBasic(header: string | undefined, encoding: 'form' | 'raw'): [string, string] | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(header ?? '')?.[1];
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  if (encoding === 'raw') return [id, secret];
  try {
    return [id, secret].map((half) => decodeURIComponent(half.replaceAll('+', ' '))) as [string, string];
  } catch {
    return undefined;
  }
}

function same(given: string | null | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
