import type { ClientAuth } from 'openid-client';
import { SigningKeys } from '../../grants/signing-keys.js';
import { Operator } from '../../operators/operator.js';
import { Secrets, secretNamed } from './secrets.js';
import { applicationJwt } from './application-jwt.js';
import { clientSecret } from './client-secret.js';
import { privateKeyJwt } from './private-key-jwt.js';

/** How we prove to this operator's token endpoint who we are, as its manifest says. */
export function clientAuthentication(operator: Operator, keys: SigningKeys, secrets: Secrets): ClientAuth {
  const prove = proof(operator, keys, secrets);
  if (operator.auth.redirectUriInTokenCall) return prove;
  return (server, client, body, headers) => {
    // Every caller of ClientAuth has put the parameters there before: the last place to take one out.
    body.delete('redirect_uri');
    return prove(server, client, body, headers);
  };
}

function proof(operator: Operator, keys: SigningKeys, secrets: Secrets): ClientAuth {
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
