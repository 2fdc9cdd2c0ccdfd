import { Inject, Injectable } from '@nestjs/common';
import { JWTPayload } from 'jose';
import { errors } from 'oidc-provider';
import { ISSUER } from '../contract/issuer.js';
import { Tenants } from '../tenants/tenants.js';
import { ApplicationKeys } from './application-keys.js';
import { OneTime } from './one-time.js';

const MAX_LIFETIME_SECONDS = 300;
const MAX_LENGTH = 16_384;
/** What a JWT says of itself; the rest of a request object are parameters. */
const OF_THE_JWT = new Set(['iss', 'aud', 'exp', 'iat', 'nbf', 'jti']);
/** `sub` would make it a client assertion; a request inside a request has no end. */
const NEVER = ['sub', 'request', 'request_uri'];

/** Whose request object it is, to be used up. */
export interface RequestObjectId {
  readonly clientId: string;
  readonly jti: string;
}

/** A request whose parameters were all signed by the client. */
export interface SignedRequest {
  readonly id: RequestObjectId;
  readonly parameters: URLSearchParams;
}

/** Signed requests (OpenID Connect Core §6.1; ICM r4.2, "Signed Authentication Requests"), by value only. */
@Injectable()
export class SignedRequests {
  constructor(
    @Inject(ISSUER) private readonly issuer: string,
    private readonly tenants: Tenants,
    private readonly keys: ApplicationKeys,
    private readonly oneTime: OneTime,
  ) {}

  /**
   * Everything about a request object but whether it is new.
   * @param path of the endpoint that it came to; the object names its URL, or our issuer
   * @throws InvalidRequestObject
   */
  async open(jwt: string, clientId: string, path: string): Promise<SignedRequest> {
    const payload = await this.verify(jwt, clientId, path);
    const { aud, exp, iat, jti } = payload;
    const now = Math.floor(Date.now() / 1000);
    // One: an object for several could be replayed at one of them by another.
    if (typeof aud !== 'string') throw invalid('aud must be one string');
    if (typeof jti !== 'string' || jti === '') throw invalid('jti must be a string');
    if (iat! > now) throw invalid('iat is in the future');
    if (exp! > now + MAX_LIFETIME_SECONDS) throw invalid('exp is too far ahead');
    if (exp! - iat! > MAX_LIFETIME_SECONDS) throw invalid('the object lives too long');
    if (NEVER.some((name) => name in payload))
      throw invalid('sub, request and request_uri must not be in it');
    const parameters = parametersIn(payload);
    if ((parameters.get('client_id') ?? clientId) !== clientId)
      throw invalid('client_id is of another client');
    return { id: { clientId, jti }, parameters };
  }

  /**
   * Last of all checks: what is refused for anything else has not been used.
   * @throws InvalidRequestObject for one that was used before
   */
  async use({ clientId, jti }: RequestObjectId): Promise<void> {
    if (!(await this.oneTime.take('request', clientId, jti))) throw invalid('jti was used before');
  }

  private async verify(jwt: string, clientId: string, path: string): Promise<JWTPayload> {
    const application = this.tenants.application(clientId);
    if (!application || jwt.length > MAX_LENGTH) throw invalid('the object is not valid');
    try {
      const { payload } = await this.keys.verify(application, jwt, {
        issuer: clientId,
        audience: [this.issuer + path, this.issuer],
        requiredClaims: ['exp', 'iat', 'jti'],
      });
      return payload;
    } catch {
      throw invalid('the object is not valid');
    }
  }
}

function invalid(reason: string): errors.InvalidRequestObject {
  return new errors.InvalidRequestObject(reason);
}

/** As the form would have named them. @throws InvalidRequestObject for a value that no parameter has */
function parametersIn(payload: JWTPayload): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(payload)) {
    if (OF_THE_JWT.has(name)) continue;
    if (typeof value === 'string') parameters.set(name, value);
    else if (typeof value === 'number') parameters.set(name, String(value));
    else if (name === 'claims' && typeof value === 'object') parameters.set(name, JSON.stringify(value));
    else throw invalid('a parameter is no string');
  }
  return parameters;
}
