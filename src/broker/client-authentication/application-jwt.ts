import { createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { ClientMetadata, ServerMetadata } from 'openid-client';
import { Secret } from '../../contract/secret.js';

const BACKDATED_SECONDS = 10;
const LIFETIME_SECONDS = 300;

/**
 * Vonage: the token call carries, as Bearer, an RS256 JWT of the application instead of an OAuth client
 * authentication. The registration's client id is the application id.
 * @param secret the application's private RSA key, PEM
 */
export function applicationJwt(secret: Secret) {
  const key = createPrivateKey(secret.reveal());
  return async (
    _server: ServerMetadata,
    client: ClientMetadata,
    _body: URLSearchParams,
    headers: Headers,
  ): Promise<void> => {
    const issuedAt = Math.floor(Date.now() / 1000) - BACKDATED_SECONDS;
    const jwt = await new SignJWT({ application_id: client.client_id })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + BACKDATED_SECONDS + LIFETIME_SECONDS)
      .setJti(randomUUID())
      .sign(key);
    headers.set('authorization', `Bearer ${jwt}`);
  };
}
