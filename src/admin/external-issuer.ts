import { KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { JWSHeaderParameters, createRemoteJWKSet } from 'jose';
import { type AppConfig, CONFIG } from '../config/config.js';

/** The OpenID provider at which people sign in, where one is configured (ADMIN_OIDC_*). */
@Injectable()
export class ExternalIssuer {
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  private readonly keys: ReturnType<typeof createRemoteJWKSet> | undefined;

  constructor(@Inject(CONFIG) { adminOidc }: AppConfig) {
    this.issuers = adminOidc ? [adminOidc.issuer] : [];
    this.audiences = adminOidc ? [adminOidc.audience] : [];
    this.keys = adminOidc && createRemoteJWKSet(new URL(adminOidc.jwksUri), { timeoutDuration: 2_500 });
  }

  /** @throws Error when the token is of another issuer or no key of it is known */
  async key(header: JWSHeaderParameters, issuer: unknown): Promise<KeyObject> {
    if (!this.keys || issuer !== this.issuers[0]) throw new Error('unknown issuer');
    return KeyObject.from(await this.keys(header));
  }
}
