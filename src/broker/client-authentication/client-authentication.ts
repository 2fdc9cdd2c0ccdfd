import type { ClientAuth } from 'openid-client';
import { SigningKeys } from '../../grants/signing-keys.js';
import { Operator } from '../../operators/operator.js';
import { Secrets, secretNamed } from './secrets.js';
import { applicationJwt } from './application-jwt.js';
import { clientSecret } from './client-secret.js';
import { privateKeyJwt } from './private-key-jwt.js';

/** Adds to a token request what shows who we are; openid-client waits for it, though its type does not say so. */
type Proof = (...request: Parameters<ClientAuth>) => void | Promise<void>;

/** How we prove to this operator's token endpoint who we are, as its manifest says. */
export function clientAuthentication(operator: Operator, keys: SigningKeys, secrets: Secrets): Proof {
  const prove = proof(operator, keys, secrets);
  const { redirectUriInTokenCall } = operator.auth;
  return (server, client, body, headers) => {
    // The request is complete but for this: the last place to take a parameter out.
    if (!redirectUriInTokenCall) body.delete('redirect_uri');
    return prove(server, client, body, headers);
  };
}

function proof(operator: Operator, keys: SigningKeys, secrets: Secrets): Proof {
  const { client } = operator.auth;
  switch (client.method) {
    case 'private_key_jwt':
      return privateKeyJwt(() => keys.current(`operator:${operator.id}`), client.audience);
    case 'application_jwt':
      return applicationJwt(secretNamed(secrets, client.secret));
    default:
      return clientSecret(client.method, client.encoding, secretNamed(secrets, client.secret));
  }
}
