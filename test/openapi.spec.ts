import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { ISSUER } from '../src/contract/issuer.js';
import { fastifyOptions } from '../src/http/fastify-options.js';
import { HttpModule } from '../src/http/http.module.js';
import { installHttp } from '../src/http/install-http.js';
import { NumberVerificationController } from '../src/number-verification/number-verification.controller.js';
import { NumberVerificationService } from '../src/number-verification/number-verification.service.js';
import { Outcomes } from '../src/number-verification/outcomes.js';
import { setupOpenApi } from '../src/number-verification/setup-openapi.js';
import { CallLog } from '../src/telemetry/call-log.js';
import { createLogger } from '../src/telemetry/logger.js';
import { Metrics } from '../src/telemetry/metrics.js';
import { TelemetryModule } from '../src/telemetry/telemetry.module.js';

/** What NV 2.1.0 (release r3.2) publishes, and 2.1.1 leaves as it is; our own copy. */
const PUBLISHED = {
  '/verify': {
    method: 'post',
    operationId: 'phoneNumberVerify',
    scope: 'number-verification:verify',
    tag: 'Phone number verify',
    body: 'NumberVerificationRequestBody',
    answer: 'NumberVerificationMatchResponse',
  },
  '/device-phone-number': {
    method: 'get',
    operationId: 'phoneNumberShare',
    scope: 'number-verification:device-phone-number:read',
    tag: 'Phone number share',
    body: undefined,
    answer: 'NumberVerificationShareResponse',
  },
} as const;

const PUBLISHED_CODES = {
  Generic400: { status: 400, codes: ['INVALID_ARGUMENT'] },
  Generic401: { status: 401, codes: ['UNAUTHENTICATED'] },
  PhoneNumberVerificationPermissionDenied403: {
    status: 403,
    codes: ['PERMISSION_DENIED', 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK'],
  },
} as const;

const PHONE = { type: 'string', pattern: '^\\+[1-9][0-9]{4,14}$' };
const PUBLISHED_SCHEMAS = {
  XCorrelator: { type: 'string', pattern: '^[a-zA-Z0-9-_:;.\\/<>{}]{0,256}$' },
  NumberVerificationRequestBody: {
    type: 'object',
    minProperties: 1,
    maxProperties: 1,
    properties: { phoneNumber: PHONE, hashedPhoneNumber: { type: 'string', pattern: '^[a-fA-F0-9]{64}$' } },
  },
  NumberVerificationMatchResponse: {
    type: 'object',
    required: ['devicePhoneNumberVerified'],
    properties: { devicePhoneNumberVerified: { $ref: '#/components/schemas/DevicePhoneNumberVerified' } },
  },
  NumberVerificationShareResponse: {
    type: 'object',
    required: ['devicePhoneNumber'],
    properties: { devicePhoneNumber: { $ref: '#/components/schemas/DevicePhoneNumber' } },
  },
  DevicePhoneNumber: PHONE,
  DevicePhoneNumberVerified: { type: 'boolean' },
  ErrorInfo: {
    type: 'object',
    required: ['status', 'code', 'message'],
    properties: { status: { type: 'integer' }, code: { type: 'string' }, message: { type: 'string' } },
  },
};

type Json = { [key: string]: Json };

@Module({
  imports: [HttpModule, TelemetryModule.forRoot(createLogger('silent'), new Metrics())],
  controllers: [NumberVerificationController],
  providers: [
    { provide: NumberVerificationService, useValue: {} },
    { provide: Outcomes, useValue: {} },
    { provide: ISSUER, useValue: 'https://gateway.example' },
  ],
})
class DescribedModule {}

let app: NestFastifyApplication;
let url: string;
let document: Json;

beforeAll(async () => {
  app = await NestFactory.create<NestFastifyApplication>(
    DescribedModule,
    new FastifyAdapter(fastifyOptions()),
    { bodyParser: false, logger: false },
  );
  installHttp(app.getHttpAdapter().getInstance(), app.get(Metrics), app.get(CallLog));
  setupOpenApi(app);
  await app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(app.getHttpServer().address() as { port: number }).port}`;
  document = (await (await fetch(`${url}/openapi.json`)).json()) as Json;
});

afterAll(() => app.close());

const operations = Object.entries(PUBLISHED).map(([path, published]) => ({ path, ...published }));

describe.each(operations)('$operationId', ({ path, method, operationId, scope, tag, body, answer }) => {
  const operation = (): Json => document.paths![`/number-verification/v2${path}`]![method]!;

  test('stands at its published path, under its published names and scope', () => {
    expect(operation()).toMatchObject({ operationId, tags: [tag], security: [{ openId: [scope] }] });
  });

  test('takes x-correlator, and exactly the published body', () => {
    expect(operation().parameters).toEqual([{ $ref: '#/components/parameters/x-correlator' }]);
    if (body === undefined) expect(operation().requestBody).toBeUndefined();
    else {
      expect(operation().requestBody).toEqual({
        required: true,
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${body}` } } },
      });
    }
  });

  test('answers 200 with the published schema, and every published error', () => {
    const { responses } = operation();
    expect(responses!['200']).toMatchObject({
      headers: { 'x-correlator': { $ref: '#/components/headers/x-correlator' } },
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${answer}` } } },
    });
    for (const [name, { status }] of Object.entries(PUBLISHED_CODES)) {
      expect(responses![status]).toEqual({ $ref: `#/components/responses/${name}` });
    }
    expect(Object.keys(responses!)).not.toContain('501');
  });
});

test('the schemas are the published ones, by name and constraint', () => {
  expect(document.components!.schemas).toMatchObject(PUBLISHED_SCHEMAS);
});

test('the published errors have their published codes, as ErrorInfo', () => {
  for (const [name, { status, codes }] of Object.entries(PUBLISHED_CODES)) {
    const { schema } = document.components!.responses![name]!.content!['application/json']!;
    expect(schema).toEqual({
      allOf: [
        { $ref: '#/components/schemas/ErrorInfo' },
        { type: 'object', properties: { status: { enum: [status] }, code: { enum: codes } } },
      ],
    });
  }
});

test('every answer names x-correlator, and the parameter and header are the published ones', () => {
  const correlator = { schema: { $ref: '#/components/schemas/XCorrelator' } };
  expect(document.components!.parameters!['x-correlator']).toMatchObject({
    name: 'x-correlator',
    in: 'header',
    ...correlator,
  });
  expect(document.components!.headers!['x-correlator']).toMatchObject(correlator);
  for (const response of Object.values(document.components!.responses!)) {
    expect(response.headers).toHaveProperty('x-correlator');
  }
});

test('tokens come from our own discovery document', () => {
  expect(document.openapi).toBe('3.0.3');
  expect(document.components!.securitySchemes).toEqual({
    openId: {
      type: 'openIdConnect',
      openIdConnectUrl: 'https://gateway.example/.well-known/openid-configuration',
    },
  });
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
  expect(references.length).toBeGreaterThan(20);
  for (const reference of references) {
    expect([
      reference,
      reference.split('/').reduce<Json | undefined>((at, key) => at?.[key], document),
    ]).toEqual([reference, expect.anything()]);
  }
});

describe('Swagger UI', () => {
  test('is served as HTML, with its own assets and from nowhere else', async () => {
    for (const path of ['/docs', '/docs/']) {
      const page = await fetch(`${url}${path}`);
      expect(page.headers.get('content-type')).toContain('text/html');
      const html = await page.text();
      const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source!);
      expect(sources.length).toBeGreaterThan(3);
      for (const source of sources) {
        expect(source).not.toMatch(/^(https?:)?\/\//);
        const asset = await fetch(new URL(source, `${url}${path}`));
        expect([source, asset.status]).toEqual([source, 200]);
      }
    }
  });

  test('an asset that is none is 404 as ErrorInfo, a wrong method 405', async () => {
    const missing = await fetch(`${url}/docs/nothing.js`);
    expect(missing.headers.get('content-type')).toBe('application/json');
    expect(await missing.json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    const posted = await fetch(`${url}/docs/nothing.js`, { method: 'POST' });
    expect(await posted.json()).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
  });
});
