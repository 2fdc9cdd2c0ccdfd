import { ClientAuth, PrivateKeyJwt, ServerMetadata, modifyAssertion } from 'openid-client';
import { SigningKey } from '../../grants/signing-keys.js';

/** Operators refuse an `iat` in the future, and clocks differ. */
const BACKDATED_SECONDS = 10;
const LIFETIME_SECONDS = 60;

/**
 * RFC 7523 §2.2 under the rules of ICM r4.2: one audience, at most 300 s. Each operator knows us by a key of
 * its own, so that an assertion made for one opens nothing at another, whatever audience it accepts.
 * @param current the operator's key; asked for each time, as keys rotate
 */
export function privateKeyJwt(current: () => SigningKey, audience: 'issuer' | 'token_endpoint'): ClientAuth {
  return (server, client, body, headers) => {
    const { kid, privateKey } = current();
    const key = privateKey.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
    const prove = PrivateKeyJwt(
      { key, kid },
      {
        [modifyAssertion]: (_header, claims) => {
          const issuedAt = Math.floor(Date.now() / 1000) - BACKDATED_SECONDS;
          claims['aud'] = audience === 'issuer' ? server.issuer : endpointOf(server, body);
          claims['iat'] = issuedAt;
          claims['nbf'] = issuedAt;
          claims['exp'] = issuedAt + BACKDATED_SECONDS + LIFETIME_SECONDS;
        },
      },
    );
    return prove(server, client, body, headers);
  };
}

/** The endpoint that is about to be called: only token requests name a grant. */
function endpointOf(server: ServerMetadata, body: URLSearchParams): string | undefined {
  return body.has('grant_type') ? server.token_endpoint : server.backchannel_authentication_endpoint;
}
