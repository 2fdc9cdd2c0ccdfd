import { Injectable } from '@nestjs/common';
import { AllClientMetadata } from 'oidc-provider';
import { Application, Member } from '../tenants/snapshot.js';
import { Tenants } from '../tenants/tenants.js';
import { ApplicationKeys } from './application-keys.js';
import { ClientProofs } from './client-proofs.js';
import { CIBA, CLIENT_CREDENTIALS, EXTENSION_GRANT_TYPES } from './orders.js';

/** Whoever may authenticate at our endpoints, as OAuth clients: from the tenants' snapshot, never the database. */
@Injectable()
export class Clients {
  constructor(
    private readonly tenants: Tenants,
    private readonly keys: ApplicationKeys,
    private readonly proofs: ClientProofs,
  ) {}

  /** @returns undefined when there is no such client, or it or its tenant is suspended */
  async find(clientId: string): Promise<AllClientMetadata | undefined> {
    const application = this.tenants.application(clientId);
    if (application) return this.applicationAs(application);
    const member = this.tenants.member(clientId);
    return member && memberAs(member);
  }

  private async applicationAs(application: Application): Promise<AllClientMetadata> {
    const { clientId, redirectUris } = application;
    const redirects = redirectUris.length > 0;
    const word = this.proofs.wordFor(clientId);
    return {
      client_id: clientId,
      redirect_uris: [...redirectUris],
      // A native client may vary the port of a loopback URI; so only those are native that cannot be `web`.
      application_type: redirectUris.every((uri) => /^https?:/i.test(uri)) ? 'web' : 'native',
      // One that only asks from its backend has nowhere to be redirected to.
      grant_types: [...(redirects ? ['authorization_code'] : []), CIBA, ...EXTENSION_GRANT_TYPES],
      response_types: redirects ? ['code'] : [],
      backchannel_token_delivery_mode: 'poll',
      ...(word === undefined
        ? { token_endpoint_auth_method: 'private_key_jwt' }
        : { token_endpoint_auth_method: 'client_secret_post', client_secret: word }),
      id_token_signed_response_alg: 'ES256',
      jwks: { keys: [...(await this.keys.of(application)).keys] },
    };
  }
}

/** A service of the partner's or of an ASP's: it asks for tokens of the admin API and nothing else. */
function memberAs({ clientId, jwks }: Member): AllClientMetadata {
  return {
    client_id: clientId!,
    redirect_uris: [],
    grant_types: [CLIENT_CREDENTIALS],
    response_types: [],
    token_endpoint_auth_method: 'private_key_jwt',
    id_token_signed_response_alg: 'ES256',
    jwks: { keys: [...(jwks?.keys ?? [])] },
  };
}
