import type { ZodType } from 'zod';
import { ADMIN_CONTROLLERS } from './controllers.js';
import { PARAMETERS, preconditionsOf } from './openapi-parameters.js';
import { OpenApiSchemas } from './openapi-schemas.js';
import { Described, operationsOf } from './operation.js';
import { describePermission } from './permissions.js';
import { READ_SCOPE, WRITE_SCOPE } from './principal.js';
import { REFUSALS } from './refusal.js';

type Json = Record<string, unknown>;

const CORRELATOR = { $ref: '#/components/parameters/x-correlator' };
const CORRELATOR_HEADER = { 'x-correlator': { $ref: '#/components/headers/x-correlator' } };

/** Which refusals an operation may answer with, by status. */
function refusalsOf({ ifMatch, idempotent, method, fullPath, body }: Described): number[] {
  const named = fullPath.includes('{');
  return [
    400,
    401,
    403,
    ...(named ? [404] : []),
    ...(method === 'GET' ? [406] : [409]),
    ...(ifMatch ? [412] : []),
    ...(body ? [413, 415] : []),
    ...(idempotent ? [422] : []),
    ...(ifMatch ? [428] : []),
    429,
    500,
    503,
  ];
}

/**
 * The admin API as OpenAPI 3.0.3, made of the specifications that its controllers are checked by.
 * @param issuer root of API and authorization server
 */
export function adminOpenApi(issuer: string): Json {
  const schemas = new OpenApiSchemas();
  const operations = operationsOf(ADMIN_CONTROLLERS);
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    (paths[operation.fullPath] ??= {})[operation.method.toLowerCase()] = describe(operation, schemas);
  }
  const tags = [...new Set(operations.map(tagOf))]
    .sort()
    .map((name) => ({ name, description: `The ${name}.` }));
  return {
    openapi: '3.0.3',
    info: {
      title: 'Number Verification Gateway Admin API',
      description:
        'Onboards ASPs: tenants, people, applications, credentials, subscriptions and their registrations at ' +
        'operators. Writes need If-Match with the ETag that was read. Each operation names the permission it needs.',
      version: '1.0.0',
      license: { name: 'Apache 2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0.html' },
    },
    servers: [{ url: issuer, description: 'This gateway' }],
    tags,
    paths,
    components: {
      securitySchemes: { adminToken: securityScheme(issuer) },
      parameters: PARAMETERS,
      headers: { 'x-correlator': { description: 'Correlation id', schema: { type: 'string' } } },
      responses: Object.fromEntries(RESPONSES),
      schemas: { ErrorInfo, ...schemas.components },
    },
  };
}

function describe(operation: Described, schemas: OpenApiSchemas): Json {
  const { operationId, summary, permission, body, answer, status = 200 } = operation;
  const scope = operation.method === 'GET' || operation.readsOnly ? READ_SCOPE : WRITE_SCOPE;
  const names = [...operation.fullPath.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const query = operation.query ? Object.entries(operation.query.shape) : [];
  const content = answer && { 'application/json': { schema: schemas.of(answer, 'output') } };
  const others = (operation.produces ?? []).map((type) => [type, { schema: { type: 'string' } }]);
  const done = {
    description: 'Done.',
    headers: CORRELATOR_HEADER,
    ...((content || others.length > 0) && { content: { ...content, ...Object.fromEntries(others) } }),
  };
  return {
    operationId,
    summary,
    description: `${summary}. ${describePermission(permission)}`,
    tags: [tagOf(operation)],
    security: [{ adminToken: [scope] }],
    parameters: [
      CORRELATOR,
      ...names.map((name) => ({
        name,
        in: 'path',
        required: true,
        description: `The ${name} of the resource.`,
        schema: { type: 'string' },
      })),
      ...query.map(([name, schema]) => ({
        name,
        in: 'query',
        required: !(schema as ZodType).safeParse(undefined).success,
        description: (schema as ZodType).meta()?.description ?? `Filters or pages by ${name}.`,
        schema: schemas.of(schema as ZodType, 'input'),
      })),
      ...preconditionsOf(operation),
      ...(operation.idempotent ? [{ $ref: '#/components/parameters/Idempotency-Key' }] : []),
    ],
    ...(body && {
      requestBody: {
        required: true,
        description: `What ${operationId} needs.`,
        content: Object.fromEntries(
          ['application/json', ...(operation.takesYaml ? ['application/yaml'] : [])].map((type) => [
            type,
            { schema: schemas.of(body, 'input') },
          ]),
        ),
      },
    }),
    responses: {
      [String(status)]: done,
      ...(operation.byKey && { '201': done }),
      ...Object.fromEntries(
        refusalsOf(operation).map((code) => [
          String(code),
          { $ref: `#/components/responses/Generic${code}` },
        ]),
      ),
    },
  };
}

function tagOf({ fullPath }: Described): string {
  return fullPath.split('/')[3]!.split(':')[0]!;
}

const securityScheme = (issuer: string) => ({
  type: 'oauth2',
  description: 'Client credentials with private_key_jwt, or a token of the configured OpenID provider.',
  flows: {
    clientCredentials: {
      tokenUrl: `${issuer}/token`,
      scopes: { [READ_SCOPE]: 'Reads', [WRITE_SCOPE]: 'Changes' },
    },
  },
});

const ErrorInfo = {
  type: 'object',
  description: 'Why a request was not done (CAMARA Commonalities).',
  required: ['status', 'code', 'message'],
  properties: {
    status: { type: 'integer', format: 'int32', description: 'HTTP status.', minimum: 400, maximum: 599 },
    code: { type: 'string', description: 'For programs.', maxLength: 96 },
    message: { type: 'string', description: 'For people.', maxLength: 512 },
    details: {
      type: 'array',
      description: 'Each place that is wrong.',
      maxItems: 20,
      items: {
        type: 'object',
        description: 'One place.',
        properties: {
          location: { type: 'string', description: 'Such as body.name.', maxLength: 200 },
          message: { type: 'string', description: 'What is wrong there.', maxLength: 512 },
        },
      },
    },
  },
};

/** Those of {@link REFUSALS} and those that every route of the server has. */
const OTHERS = [
  [401, 'UNAUTHENTICATED', 'The request is not authenticated.'],
  [406, 'NOT_ACCEPTABLE', 'Only JSON is offered.'],
  [413, 'INVALID_ARGUMENT', 'The body is too long.'],
  [415, 'UNSUPPORTED_MEDIA_TYPE', 'The body must be JSON.'],
  [500, 'INTERNAL', 'An error of this gateway.'],
] as const;

const RESPONSES = [...Map.groupBy([...Object.values(REFUSALS), ...OTHERS], ([status]) => status)].map(
  ([status, rows]) => {
    const examples = rows.map(([, code, message]) => [code, { value: { status, code, message } }]);
    const schema = { $ref: '#/components/schemas/ErrorInfo' };
    const content = { 'application/json': { schema, examples: Object.fromEntries(examples) } };
    return [`Generic${status}`, { description: rows[0]![2], headers: CORRELATOR_HEADER, content }] as const;
  },
);
