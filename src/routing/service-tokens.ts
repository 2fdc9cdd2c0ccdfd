import { KeyObject, createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { Secret } from '../contract/secret.js';
import { Lookup, LookupFailed, ServiceClient } from './lookup.js';

const TokenAnswer = z.object({
  access_token: z
    .string()
    .min(1)
    .max(8_192)
    .regex(/^[\x21-\x7e]+$/),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.coerce.number().min(1).max(86_400).catch(60),
});

interface Kept {
  readonly token: Promise<Secret>;
  untilMs: number;
}

const DEADLINE_MS = 1_500;
const MAX_BYTES = 64 * 1024;
/** Services refuse an `iat` in the future, and clocks differ. */
const BACKDATED_SECONDS = 10;
const LIFETIME_SECONDS = 60;

type Ask = <S extends z.ZodType>(lookup: Lookup, schema: S) => Promise<z.output<S> | undefined>;

/**
 * Access tokens of ours for routing services, by client credentials (RFC 6749, 4.4). In memory only; one request for a
 * token at a time, whoever waits for it; each serves until shortly before its end.
 */
export class ServiceTokens {
  private readonly kept = new Map<string, Kept>();

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly ask: Ask,
    private readonly clock: () => number = Date.now,
  ) {}

  /** @throws LookupFailed */
  of(client: ServiceClient): Promise<Secret> {
    const name = nameOf(client);
    const known = this.kept.get(name);
    if (known && known.untilMs > this.clock()) return known.token;
    const entry: Kept = {
      token: this.fetch(client, (untilMs) => (entry.untilMs = untilMs)),
      untilMs: Infinity,
    };
    this.kept.set(name, entry);
    entry.token.catch(() => this.forget(name, entry));
    return entry.token;
  }

  /** The service has refused it: it is not used again, unless it has been replaced already. */
  async drop(client: ServiceClient, token: Secret): Promise<void> {
    const name = nameOf(client);
    const known = this.kept.get(name);
    if (known && (await known.token.catch(() => undefined)) === token) this.forget(name, known);
  }

  private forget(name: string, entry: Kept): void {
    if (this.kept.get(name) === entry) this.kept.delete(name);
  }

  private async fetch(client: ServiceClient, good: (untilMs: number) => void): Promise<Secret> {
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    if (client.scope) form.set('scope', client.scope);
    const basic = client.method === 'client_secret_basic' ? basicOf(client) : undefined;
    if (!basic) await prove(client, form);
    const askedAtMs = this.clock();
    const request = { url: client.tokenUrl, form, basic, token: undefined };
    const answer = await this.ask({ ...request, deadlineMs: DEADLINE_MS, maxBytes: MAX_BYTES }, TokenAnswer);
    if (!answer) throw new LookupFailed('status');
    // A tenth of its time, at most half a minute, is left to the calls that are under way.
    const seconds = answer.expires_in - Math.min(30, answer.expires_in / 10);
    good(askedAtMs + seconds * 1000);
    return new Secret(answer.access_token);
  }
}

/** What a secret is that nobody has named: a private key in PEM, or a client secret. */
export function methodFor(secret: Secret): ServiceClient['method'] {
  return secret.reveal().startsWith('-----BEGIN') ? 'private_key_jwt' : 'client_secret_basic';
}

function nameOf({ tokenUrl, clientId, scope = '' }: ServiceClient): string {
  return JSON.stringify([tokenUrl, clientId, scope]);
}

/** RFC 6749, 2.3.1: both parts form-encoded first. */
function basicOf({ clientId, secret }: ServiceClient): Secret {
  return new Secret(Buffer.from(`${encoded(clientId)}:${encoded(secret.reveal())}`).toString('base64'));
}

/** RFC 7523, 2.2, with one audience. @throws LookupFailed when the key is none */
async function prove(
  { clientId, tokenUrl, secret, keyId }: ServiceClient,
  form: URLSearchParams,
): Promise<void> {
  const issuedAt = Math.floor(Date.now() / 1000) - BACKDATED_SECONDS;
  const key = keyIn(secret);
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({
      alg: key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256',
      ...(keyId !== undefined && { kid: keyId }),
    })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenUrl)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + BACKDATED_SECONDS + LIFETIME_SECONDS)
    .sign(key);
  form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  form.set('client_assertion', assertion);
}

function keyIn(secret: Secret): KeyObject {
  try {
    return createPrivateKey(secret.reveal());
  } catch {
    throw new LookupFailed('secret_missing');
  }
}

function encoded(text: string): string {
  return new URLSearchParams({ _: text }).toString().slice(2);
}
