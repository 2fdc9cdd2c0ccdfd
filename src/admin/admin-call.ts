import { ExecutionContext, createParamDecorator } from '@nestjs/common';
import { FastifyReply, FastifyRequest } from 'fastify';
import { requireCorrelator } from '../http/correlation.js';
import { parseJsonBody } from '../http/json-body.js';
import { z } from 'zod';
import { readYamlBody } from './declared/yaml-text.js';
import { KEY, UUID } from './names.js';
import { OperationSpec, specOf } from './operation.js';
import { Reach, reachOf } from './permissions.js';
import { Principal } from './principal.js';
import { AdminRefusal, Detail, invalid } from './refusal.js';

/** RFC 9512, and what was written before it. */
const YAML_TYPES: ReadonlySet<string> = new Set(['application/yaml', 'application/x-yaml']);
const ETAG = /^"([1-9]\d{0,9})"$/;

/** One request to the admin API, read and checked: only the handler's own rules are left. */
export interface AdminCall<Body = unknown, Query = unknown> {
  readonly spec: OperationSpec;
  readonly principal: Principal;
  /** How far the principal's permission reaches. */
  readonly reach: Reach;
  /** Ids in the path are UUIDs: whatever else stood there is nobody's. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** Of If-Match; undefined where none is needed. */
  readonly version: number | undefined;
  /** If-None-Match: * — it must not exist yet. */
  readonly createOnly: boolean;
  readonly idempotencyKey: string | undefined;
  /** Also what a configuration file manages is to be changed. */
  readonly force: boolean;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** @throws AdminRefusal invalid | notFound | preconditionRequired, Problem invalidArgument */
function readCall(spec: OperationSpec, request: FastifyRequest, reply: FastifyReply): AdminCall {
  const { principal } = request;
  const reach = principal && reachOf(spec.permission, principal.roles);
  if (!principal || !reach) throw new Error('the guard has not seen this request');
  requireCorrelator(request.headers['x-correlator'] as string | undefined);
  const createOnly = spec.byKey === true && request.headers['if-none-match'] === '*';
  const query = parsed('query', spec.query ?? z.strictObject({}), request.query);
  return {
    spec,
    principal,
    reach,
    params: readParams(spec, request.params as Record<string, string>),
    query,
    body: spec.body && parsed('body', spec.body, readBody(spec, request)),
    createOnly,
    version: spec.ifMatch && !createOnly ? readIfMatch(request.headers['if-match']) : undefined,
    idempotencyKey: spec.idempotent && readIdempotencyKey(spec, request.headers['idempotency-key']),
    force: query['force'] === 'true',
    request,
    reply,
  };
}

/** @throws AdminRefusal invalid, with every place that is wrong */
export function parsed<T extends z.ZodType>(part: string, schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const details = result.error.issues.slice(0, 20).map((issue): Detail => {
    const at = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
    const message = issue.code === 'unrecognized_keys' ? 'is not known here' : issue.message;
    return { location: [part, ...at.map(String)].join('.').slice(0, 200), message };
  });
  throw new AdminRefusal('invalid', { details });
}

function readParams(spec: OperationSpec, params: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(params)) {
    if (name === 'id' && spec.byKey && KEY.test(value)) continue;
    if (/^(id|.*Id)$/.test(name) && name !== 'operatorId' && !UUID.test(value))
      throw new AdminRefusal('notFound');
  }
  return params;
}

function readBody(spec: OperationSpec, { headers, body }: FastifyRequest): unknown {
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (spec.takesYaml && YAML_TYPES.has(type)) return readYamlBody(body as Buffer | undefined);
  const patch = spec.method === 'PATCH' && type === 'application/merge-patch+json';
  if (type !== 'application/json' && !patch) {
    throw invalid(
      'header.content-type',
      `must be application/json${spec.takesYaml ? ' or application/yaml' : ''}`,
    );
  }
  return parseJsonBody(body as Buffer | undefined);
}

function readIfMatch(given: string | undefined): number {
  if (given === undefined) throw new AdminRefusal('preconditionRequired');
  const version = ETAG.exec(given)?.[1];
  if (version === undefined) throw invalid('header.if-match', 'must be the ETag as it was answered');
  return Number(version);
}

/** A structured-field string, or the same bare (draft-ietf-httpapi-idempotency-key-header). */
function readIdempotencyKey(spec: OperationSpec, given: string | string[] | undefined): string | undefined {
  if (given === undefined) {
    if (spec.idempotent === 'required') throw invalid('header.idempotency-key', 'is required here');
    return undefined;
  }
  const key = /^"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"$|^([\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,255})$/.exec(
    String(given),
  );
  if (!key) throw invalid('header.idempotency-key', 'must be a string of at most 255 characters');
  return key[1] ?? key[2];
}

/** The request as an {@link AdminCall}. */
export const Call = createParamDecorator((_: unknown, context: ExecutionContext): AdminCall => {
  const http = context.switchToHttp();
  return readCall(specOf(context.getHandler()), http.getRequest(), http.getResponse());
});
