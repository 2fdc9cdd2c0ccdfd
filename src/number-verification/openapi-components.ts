import { z } from 'zod';
import { HashedPhoneNumber, PhoneNumber } from '../contract/number-verification.js';
import { PROBLEMS, ProblemName } from '../contract/problem.js';

const HEADERS = { 'x-correlator': { $ref: '#/components/headers/x-correlator' } };

/** Components of the Number Verification part, named as in NV 2.1.1; ours beside them as in Commonalities. */
export function numberVerificationComponents() {
  return {
    schemas: {
      XCorrelator: {
        type: 'string',
        // As published; the same set as `isCorrelator`.
        pattern: String.raw`^[a-zA-Z0-9-_:;.\/<>{}]{0,256}$`,
        example: 'b4333c46-49c0-4f62-80d7-f0ef930f1c46',
      },
      NumberVerificationRequestBody: {
        type: 'object',
        description: 'Exactly one of the two properties.',
        minProperties: 1,
        maxProperties: 1,
        additionalProperties: false,
        properties: {
          phoneNumber: jsonSchema(PhoneNumber),
          hashedPhoneNumber: jsonSchema(HashedPhoneNumber),
        },
      },
      NumberVerificationMatchResponse: {
        type: 'object',
        description: 'Number verification result',
        required: ['devicePhoneNumberVerified'],
        properties: {
          devicePhoneNumberVerified: { $ref: '#/components/schemas/DevicePhoneNumberVerified' },
        },
      },
      NumberVerificationShareResponse: {
        type: 'object',
        description: 'Number verification share result',
        required: ['devicePhoneNumber'],
        properties: { devicePhoneNumber: { $ref: '#/components/schemas/DevicePhoneNumber' } },
      },
      DevicePhoneNumber: jsonSchema(PhoneNumber),
      DevicePhoneNumberVerified: {
        type: 'boolean',
        description: 'True if it is the number of the device. Never false for an error.',
      },
      ErrorInfo: {
        type: 'object',
        required: ['status', 'code', 'message'],
        properties: {
          status: { type: 'integer', description: 'HTTP response status code' },
          code: { type: 'string', maxLength: 96, description: 'A code to tell errors apart' },
          message: { type: 'string', maxLength: 512, description: 'A text for people; not normative' },
        },
      },
    },
    parameters: {
      'x-correlator': {
        name: 'x-correlator',
        in: 'header',
        description: 'Correlation id for the different services',
        schema: { $ref: '#/components/schemas/XCorrelator' },
      },
    },
    headers: {
      'x-correlator': {
        description: 'Correlation id for the different services',
        schema: { $ref: '#/components/schemas/XCorrelator' },
      },
      'retry-after': { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } },
    },
    responses: {
      Generic400: refusal('Problem with the client request', 'invalidArgument'),
      Generic401: refusal('Credentials missing, invalid, expired or spent', 'tokenInvalid'),
      PhoneNumberVerificationPermissionDenied403: refusal(
        'Scope or subscription missing, or the device was not authenticated by network or SIM',
        'permissionDenied',
        'notMobileNetwork',
      ),
      NotAcceptable406: refusal('The caller takes no JSON', 'notAcceptable'),
      PayloadTooLarge413: refusal('The body is longer than any legal one', 'payloadTooLarge'),
      UnsupportedMediaType415: refusal('The body is not JSON in UTF-8', 'unsupportedMediaType'),
      ServiceNotApplicable422: refusal('The operator of this device cannot do that', 'notApplicable'),
      TooManyRequests429: later('Rate limit of the subscription', 'rateLimited'),
      Internal500: refusal('A bug of the gateway', 'internal'),
      BadGateway502: refusal('The operator failed', 'operatorFailed'),
      Unavailable503: later('The operator is unavailable or not to be called now', 'operatorUnavailable'),
      Timeout504: refusal('The operator did not answer in time', 'operatorTimeout'),
    },
  };
}

/** A schema with an id comes as a reference to its definition: the definition itself is wanted here. */
function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { definitions } = z.toJSONSchema(schema, { target: 'openapi-3.0' });
  return { ...(definitions as Record<string, object>)[schema.meta()!.id!] };
}

function refusal(description: string, ...names: ProblemName[]) {
  const rows = names.map((name) => PROBLEMS[name]);
  return {
    description,
    headers: HEADERS,
    content: {
      'application/json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/ErrorInfo' },
            {
              type: 'object',
              properties: {
                status: { enum: [...new Set(rows.map(({ status }) => status))] },
                code: { enum: rows.map(({ code }) => code) },
              },
            },
          ],
        },
        examples: Object.fromEntries(
          rows.map(({ status, code, message }) => [code, { value: { status, code, message } }]),
        ),
      },
    },
  };
}

function later(description: string, name: ProblemName) {
  const response = refusal(description, name);
  return {
    ...response,
    headers: { ...HEADERS, 'Retry-After': { $ref: '#/components/headers/retry-after' } },
  };
}
