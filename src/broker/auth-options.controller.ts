import { Controller, Header, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ISSUER } from '../contract/issuer.js';
import { requireCorrelator } from '../http/correlation.js';
import { invalidArgument, parseJsonBody } from '../http/json-body.js';
import { requireAcceptsJson, requireJsonBody } from '../http/media-types.js';
import { AuthOptionsFinder, AuthOptionsRequest } from './auth-options.js';
import { ClientSignatures } from './client-signatures.js';

const PATH = 'number-verification/auth-options';

/** Our own extension of CAMARA Number Verification: the operator and the ways to a token, before any sign-in. */
@Controller(PATH)
export class AuthOptionsController {
  constructor(
    @Inject(ISSUER) private readonly issuer: string,
    private readonly signatures: ClientSignatures,
    private readonly finder: AuthOptionsFinder,
  ) {}

  /**
   * Networks and addresses are public; whose network a phone number is on is not, so that question must be signed.
   * @throws Problem tokenInvalid | invalidArgument | unsupportedMediaType | notAcceptable
   */
  @Post()
  @HttpCode(200)
  @Header('content-type', 'application/json')
  @ApiTags('Authentication options')
  @ApiOperation({
    operationId: 'authOptions',
    summary:
      'Tells which operator serves a device and how a token can be had (an extension, not part of CAMARA)',
    description:
      'Exactly one of `phoneNumber`, `mccmnc` and `ip` (with an optional `port`). For `phoneNumber` the caller signs: ' +
      '`Authorization: Bearer` with a JWT by a key of the application, `iss` = `sub` = client_id, `aud` = this URL, ' +
      'at most 300 s to live.',
    requestBody: {
      required: true,
      content: { 'application/json': { schema: jsonSchema(AuthOptionsRequest) } },
    },
    responses: {
      200: { description: 'The operator and the ways to a token, or why there is none' },
      400: { $ref: '#/components/responses/Generic400' },
      401: { $ref: '#/components/responses/Generic401' },
    },
  })
  async ask(@Req() request: FastifyRequest): Promise<Buffer> {
    const { headers } = request;
    const body = request.body as Buffer | undefined;
    const signed = headers.authorization === undefined ? undefined : await this.signer(request);
    requireJsonBody(headers, (body?.length ?? 0) > 0);
    requireAcceptsJson(headers.accept);
    requireCorrelator(headers['x-correlator'] as string | undefined);
    const query = AuthOptionsRequest.safeParse(parseJsonBody(body));
    if (!query.success) throw invalidArgument('exactly one of phoneNumber, mccmnc and ip');
    const signer = 'phoneNumber' in query.data ? (signed ?? (await this.signer(request))) : signed;
    return Buffer.from(JSON.stringify(await this.finder.find(query.data, signer)));
  }

  private async signer({ headers }: FastifyRequest): Promise<string> {
    return (await this.signatures.require(headers.authorization, `${this.issuer}/${PATH}`)).id;
  }
}

function jsonSchema(schema: z.ZodType): object {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
  return json;
}
