import { Injectable } from '@nestjs/common';
import { Metrics } from '../telemetry/metrics.js';
import { DirectTokens } from './direct-tokens.js';
import { JwtBearerFlow } from './flows/jwt-bearer.js';
import { JWT_BEARER } from './orders.js';
import { grantTypesIn, readTokenForm } from './token-form.js';
import { TokenAnswer } from './token-mint.js';

/** OAuth-shaped, whatever came of it. */
export interface EndpointAnswer {
  readonly status: number;
  readonly body: TokenAnswer | { readonly error: string; readonly error_description: string };
}

/**
 * The token endpoint for JWT bearer requests, beside the library: that one authenticates the client before it
 * looks at a grant, and here the grant is the authentication.
 */
@Injectable()
export class JwtBearerEndpoint {
  constructor(
    private readonly flow: JwtBearerFlow,
    private readonly tokens: DirectTokens,
    private readonly metrics: Metrics,
  ) {}

  /** @param body of type application/x-www-form-urlencoded */
  takes(body: Buffer): boolean {
    return grantTypesIn(body).includes(JWT_BEARER);
  }

  async answer(body: Buffer): Promise<EndpointAnswer> {
    const answer = await this.tokens.issue('jwtbearer', async () => this.flow.open(readTokenForm(body)));
    if ('access_token' in answer) return { status: 200, body: answer };
    const { status, error, description } = answer;
    if (error === 'invalid_client') this.metrics.credentials.refused('auth', 'bad_signature');
    return { status, body: { error, error_description: description } };
  }
}
