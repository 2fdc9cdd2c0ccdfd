import { Injectable } from '@nestjs/common';
import { decodeJwt } from 'jose';
import type { JsonValue } from 'oidc-provider';
import { Problem } from '../contract/problem.js';
import { Application } from '../tenants/snapshot.js';
import { Tenants } from '../tenants/tenants.js';
import { ApplicationKeys } from './application-keys.js';
import { checkAssertion } from './client-assertion.js';

const MAX_LENGTH = 4_096;

/**
 * Applications that sign a request of theirs: `Authorization: Bearer <JWT>` with iss = sub = client_id, aud = the
 * URL that is called, and at most 300 s to live. For questions that change nothing, hence without a one-time jti.
 */
@Injectable()
export class ClientSignatures {
  constructor(
    private readonly tenants: Tenants,
    private readonly keys: ApplicationKeys,
  ) {}

  /** @throws Problem tokenInvalid, whatever is wrong */
  async require(authorization: string | undefined, url: string): Promise<Application> {
    const [, token] = /^Bearer +([\w.-]+)$/i.exec(authorization ?? '') ?? [];
    if (token === undefined || token.length > MAX_LENGTH) throw new Problem('tokenInvalid');
    try {
      const application = this.tenants.application(decodeJwt(token).iss ?? '');
      if (!application) throw new Problem('tokenInvalid', { detail: 'unknown client' });
      const { clientId } = application;
      const { payload: claims } = await this.keys.verify(application, token, {
        issuer: clientId,
        subject: clientId,
        audience: url,
      });
      checkAssertion(claims as Record<string, JsonValue>);
      if (claims.iat === undefined) throw new Problem('tokenInvalid', { detail: 'no iat' });
      return application;
    } catch (cause) {
      throw cause instanceof Problem ? cause : new Problem('tokenInvalid', { detail: 'signature', cause });
    }
  }
}
