import { Delete, Get, HttpCode, Patch, Post, Put, SetMetadata, applyDecorators } from '@nestjs/common';
import { type ZodObject, type ZodType, z } from 'zod';
import type { Permission } from './permissions.js';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What an operation of the admin API takes, needs and answers; its code, its checks and its documentation agree. */
export interface OperationSpec {
  readonly method: Method;
  /** Below the controller's, in Nest's spelling: `:id/suspend`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly permission: Permission;
  /** Query parameters; none unless given. Others are refused. */
  readonly query?: ZodObject;
  /** JSON body, `application/merge-patch+json` for PATCH; none unless given. */
  readonly body?: ZodType;
  /** JSON body of the success; none unless given. */
  readonly answer?: ZodType;
  /** Of the success; 200 unless given. */
  readonly status?: 200 | 201 | 204;
  /** Changes something that exists: If-Match is required. */
  readonly ifMatch?: boolean;
  /** `:id` may be a key of the caller's choice: `If-None-Match: *` creates, If-Match replaces. */
  readonly byKey?: boolean;
  /** Also `?force=true`, which changes what a configuration file manages; so does whatever has `ifMatch`, unless it says false. */
  readonly forcible?: boolean;
  /** Takes an Idempotency-Key; `required` where doing it twice would hurt. */
  readonly idempotent?: 'optional' | 'required';
  /** The body may also be YAML. */
  readonly takesYaml?: boolean;
  /** Media types other than JSON that it may answer with. */
  readonly produces?: readonly string[];
  /** Changes nothing, though it is a POST: the scope for reading suffices. */
  readonly readsOnly?: boolean;
}

const SPEC = 'admin-operation';

const VERB = { GET: Get, POST: Post, PUT: Put, PATCH: Patch, DELETE: Delete };

const force = z
  .enum(['true', 'false'])
  .optional()
  .meta({ description: 'true: changes it although a configuration file manages it; the audit log says so.' });

/** Makes a method of a controller an operation of the admin API. */
export function Operation(given: OperationSpec): MethodDecorator {
  const { forcible = given.ifMatch, query = z.strictObject({}) } = given;
  const spec = forcible ? { ...given, query: query.extend({ force }) } : given;
  // Nest and Fastify take a colon that is none of theirs doubled.
  const path = spec.path.replaceAll(/(?<=\w):(?=\w)/g, '::');
  return applyDecorators(VERB[spec.method](path), HttpCode(spec.status ?? 200), SetMetadata(SPEC, spec));
}

/** @param handler a method of a controller */
export function specOf(handler: object): OperationSpec {
  const spec = Reflect.getMetadata(SPEC, handler) as OperationSpec | undefined;
  if (!spec) throw new Error('not an operation of the admin API');
  return spec;
}

export interface Described extends OperationSpec {
  /** From the root, in OpenAPI's spelling: `/admin/v1/tenants/{id}`. */
  readonly fullPath: string;
}

type Controller = abstract new (...args: never[]) => object;

/** Every operation of these controllers, for the document and for tests. */
export function operationsOf(controllers: readonly Controller[]): Described[] {
  return controllers.flatMap((controller) => {
    const prefix = Reflect.getMetadata('path', controller) as string;
    const { prototype } = controller as { prototype: Record<string, unknown> };
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      if (typeof handler !== 'function' || !Reflect.hasMetadata(SPEC, handler)) return [];
      const spec = specOf(handler);
      const path = `/${prefix}/${spec.path}`.replace(/\/+$/, '').replaceAll(/(?<=\/):(\w+)(?=\/|$)/g, '{$1}');
      return [{ ...spec, fullPath: path }];
    });
  });
}
