import { Injectable } from '@nestjs/common';
import { AllClientMetadata } from 'oidc-provider';
import { Application } from '../tenants/snapshot.js';
import { Tenants } from '../tenants/tenants.js';
import { CIBA, EXTENSION_GRANT_TYPES } from './orders.js';

/** Applications as OAuth clients, read from the tenants' snapshot: never from the database. */
@Injectable()
export class Clients {
  constructor(private readonly tenants: Tenants) {}

  /** @returns undefined when there is no such application, or it or its tenant is suspended */
  find(clientId: string): AllClientMetadata | undefined {
    const application = this.tenants.application(clientId);
    return application && toClient(application);
  }
}

function toClient({ clientId, jwks, redirectUris }: Application): AllClientMetadata {
  const redirects = redirectUris.length > 0;
  return {
    client_id: clientId,
    redirect_uris: [...redirectUris],
    // A native client may vary the port of a loopback URI; so only those are native that cannot be `web`.
    application_type: redirectUris.every((uri) => /^https?:/i.test(uri)) ? 'web' : 'native',
    // One that only asks from its backend has nowhere to be redirected to.
    grant_types: [...(redirects ? ['authorization_code'] : []), CIBA, ...EXTENSION_GRANT_TYPES],
    response_types: redirects ? ['code'] : [],
    backchannel_token_delivery_mode: 'poll',
    token_endpoint_auth_method: 'private_key_jwt',
    id_token_signed_response_alg: 'ES256',
    jwks: { keys: [...jwks.keys] },
  };
}
