import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';

/** Written out by Nest; the document refers to the published component instead. */
const X_CORRELATOR = { name: 'x-correlator' };

/** The refusals both operations share: those NV 2.1.1 names first, then those a gateway adds. */
const REFUSALS = {
  400: { $ref: '#/components/responses/Generic400' },
  401: { $ref: '#/components/responses/Generic401' },
  403: { $ref: '#/components/responses/PhoneNumberVerificationPermissionDenied403' },
  406: { $ref: '#/components/responses/NotAcceptable406' },
  422: { $ref: '#/components/responses/ServiceNotApplicable422' },
  429: { $ref: '#/components/responses/TooManyRequests429' },
  500: { $ref: '#/components/responses/Internal500' },
  502: { $ref: '#/components/responses/BadGateway502' },
  503: { $ref: '#/components/responses/Unavailable503' },
  504: { $ref: '#/components/responses/Timeout504' },
};

const SINGLE_USE =
  'Each access token is good for one call that reaches the operator, of either operation, and lives at most ' +
  '300 seconds. A call refused before it reached the operator leaves the token unspent.';

/** Operation phoneNumberVerify of NV 2.1.1. */
export const DescribeVerify = () =>
  applyDecorators(
    ApiTags('Phone number verify'),
    ApiHeader(X_CORRELATOR),
    ApiOperation({
      operationId: 'phoneNumberVerify',
      summary: 'Verifies a phone number, plain or hashed, against that of the access token',
      description: `Answers whether the number is the one of the device that was authenticated. Exactly one of the two forms must be given. ${SINGLE_USE}`,
      security: [{ openId: [VERIFY_SCOPE] }],
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: { $ref: '#/components/schemas/NumberVerificationRequestBody' } },
        },
      },
      responses: {
        200: ok('NumberVerificationMatchResponse'),
        ...REFUSALS,
        413: { $ref: '#/components/responses/PayloadTooLarge413' },
        415: { $ref: '#/components/responses/UnsupportedMediaType415' },
      },
    }),
  );

/** Operation phoneNumberShare of NV 2.1.1. */
export const DescribeShare = () =>
  applyDecorators(
    ApiTags('Phone number share'),
    ApiHeader(X_CORRELATOR),
    ApiOperation({
      operationId: 'phoneNumberShare',
      summary: 'Returns the phone number associated with the access token',
      description: `Answers the number of the device that was authenticated. ${SINGLE_USE}`,
      security: [{ openId: [SHARE_SCOPE] }],
      responses: { 200: ok('NumberVerificationShareResponse'), ...REFUSALS },
    }),
  );

const ok = (schema: string) => ({
  description: 'OK',
  headers: { 'x-correlator': { $ref: '#/components/headers/x-correlator' } },
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
});
