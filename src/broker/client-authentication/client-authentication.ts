import type { ClientAuth } from 'openid-client';
import { Secret } from '../../contract/secret.js';
import { SigningKeys } from '../../grants/signing-keys.js';
import { Vault } from '../../grants/vault.js';
import { Operator } from '../../operators/operator.js';
import { Registration } from '../../tenants/snapshot.js';
import { Secrets, secretNamed } from './secrets.js';
import { applicationJwt } from './application-jwt.js';
import { clientSecret } from './client-secret.js';
import { privateKeyJwt } from './private-key-jwt.js';

/** Adds to a token request what shows who we are; openid-client waits for it, though its type does not say so. */
type Proof = (...request: Parameters<ClientAuth>) => void | Promise<void>;

type Registered = Pick<Registration, 'id' | 'sealedCredential'>;

/** How we prove to operators' token endpoints who we are, as their manifests say. */
export class OperatorProofs {
  constructor(
    private readonly keys: SigningKeys,
    private readonly vault: Pick<Vault, 'open'>,
    private readonly secrets: Secrets,
  ) {}

  /**
   * @param registration whose own client secret goes before that of the manifest
   * @throws Error when its secret is missing or does not open
   */
  for(operator: Operator, registration: Registered): Proof {
    const { method } = operator.auth.client;
    const sealed = method.startsWith('client_secret_') ? registration.sealedCredential : null;
    const own =
      sealed === null
        ? undefined
        : new Secret(this.vault.open(sealed, `operator_registrations|${registration.id}|credential`));
    return clientAuthentication(operator, this.keys, this.secrets, own);
  }
}

function clientAuthentication(operator: Operator, keys: SigningKeys, secrets: Secrets, own?: Secret): Proof {
  const prove = proof(operator, keys, secrets, own);
  const { redirectUriInTokenCall } = operator.auth;
  return (server, client, body, headers) => {
    // The request is complete but for this: the last place to take a parameter out.
    if (!redirectUriInTokenCall) body.delete('redirect_uri');
    return prove(server, client, body, headers);
  };
}

function proof(operator: Operator, keys: SigningKeys, secrets: Secrets, own?: Secret): Proof {
  const { client } = operator.auth;
  switch (client.method) {
    case 'private_key_jwt':
      return privateKeyJwt(() => keys.current(`operator:${operator.id}`), client.audience);
    case 'application_jwt':
      return applicationJwt(secretNamed(secrets, client.secret));
    default:
      return clientSecret(client.method, client.encoding, own ?? secretNamed(secrets, client.secret));
  }
}
