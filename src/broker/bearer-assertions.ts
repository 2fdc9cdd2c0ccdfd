import { Inject, Injectable } from '@nestjs/common';
import { decodeJwt } from 'jose';
import { errors } from 'oidc-provider';
import { z } from 'zod';
import { ISSUER } from '../contract/issuer.js';
import { Application } from '../tenants/snapshot.js';
import { Tenants } from '../tenants/tenants.js';
import { ApplicationKeys, Verified } from './application-keys.js';
import { TOKEN_PATH } from './paths.js';
import { Proof } from './proof.js';

const MAX_LIFETIME_SECONDS = 300;
/** A TS.43 token of 4 KiB, signed, fits. */
const MAX_LENGTH = 8_192;

/** All of them mandatory (ICM r4.2, "JWT Bearer Flow"), but for the operator's name, which is ours to ask for. */
const Claims = z.object({
  iss: z.string(),
  sub: z.string().min(1),
  /** One: an assertion for several could be replayed at one of them by another. */
  aud: z.string(),
  exp: z.number(),
  iat: z.number(),
  jti: z.string().min(1).max(256),
  scope: z.string().min(1),
  operator_id: z.string().optional(),
  mccmnc: z
    .string()
    .regex(/^\d{5,6}$/)
    .optional(),
});

/** What a client has signed, and may rely on having signed in time and for us. */
export interface BearerAssertion {
  readonly clientId: string;
  /** As given: `operatortoken:…` or `tel:…`. Secret. */
  readonly subject: string;
  readonly scope: string;
  readonly jti: string;
  readonly proof: Proof;
  /** Which operator, by our id or by its network; a token of TS.43 does not tell. */
  readonly wish: { readonly operatorId?: string; readonly mccmnc?: string };
}

/** invalid_grant, and what about the assertion is wrong; nothing of its contents. */
export function badAssertion(reason: string): errors.OIDCProviderError {
  return new errors.CustomOIDCProviderError('invalid_grant', reason);
}

/** Assertions that are a grant and the client's authentication at once (RFC 7523 §2.1 and §3). */
@Injectable()
export class BearerAssertions {
  private readonly audience: string;

  constructor(
    @Inject(ISSUER) issuer: string,
    private readonly tenants: Tenants,
    private readonly keys: ApplicationKeys,
  ) {
    this.audience = issuer + TOKEN_PATH;
  }

  /**
   * Everything about an assertion but whether it is new.
   * @throws InvalidClientAuth for a client that is not there, else invalid_grant
   */
  async open(assertion: string): Promise<BearerAssertion> {
    if (assertion.length > MAX_LENGTH) throw badAssertion('the assertion is too long');
    const application = this.tenants.application(issuerOf(assertion));
    if (!application) throw new errors.InvalidClientAuth('unknown client');
    const { claims, proof } = await this.verify(assertion, application);
    const now = Math.floor(Date.now() / 1000);
    if (claims.iat > now) throw badAssertion('iat is in the future');
    if (claims.exp <= now) throw badAssertion('the assertion has ended');
    if (claims.exp > now + MAX_LIFETIME_SECONDS) throw badAssertion('exp is too far ahead');
    if (claims.exp - claims.iat > MAX_LIFETIME_SECONDS) throw badAssertion('the assertion lives too long');
    const { iss, sub, scope, jti, operator_id, mccmnc } = claims;
    return {
      clientId: iss,
      subject: sub,
      scope,
      jti,
      proof,
      wish: {
        ...(operator_id !== undefined && { operatorId: operator_id }),
        ...(mccmnc !== undefined && { mccmnc }),
      },
    };
  }

  private async verify(
    assertion: string,
    application: Application,
  ): Promise<{ claims: z.infer<typeof Claims>; proof: Proof }> {
    let verified: Verified;
    try {
      verified = await this.keys.verify(application, assertion, {
        issuer: application.clientId,
        audience: this.audience,
      });
    } catch {
      throw badAssertion('the assertion is not valid');
    }
    const claims = Claims.safeParse(verified.payload);
    if (!claims.success) throw badAssertion('iss, sub, aud, exp, iat, jti and scope are required');
    return { claims: claims.data, proof: verified.proof };
  }
}

function issuerOf(assertion: string): string {
  try {
    return decodeJwt(assertion).iss ?? '';
  } catch {
    throw badAssertion('the assertion cannot be read');
  }
}
