import { Delete, Get, HttpCode, Patch, Post, Put, SetMetadata, applyDecorators } from '@nestjs/common';
import type { ZodObject, ZodType } from 'zod';
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
  /** Takes an Idempotency-Key; `required` where doing it twice would hurt. */
  readonly idempotent?: 'optional' | 'required';
  /** Media types other than JSON that it may answer with. */
  readonly produces?: readonly string[];
  /** Changes nothing, though it is a POST: the scope for reading suffices. */
  readonly readsOnly?: boolean;
}

const SPEC = 'admin-operation';

const VERB = { GET: Get, POST: Post, PUT: Put, PATCH: Patch, DELETE: Delete };

/** Makes a method of a controller an operation of the admin API. */
export function Operation(spec: OperationSpec): MethodDecorator {
  return applyDecorators(VERB[spec.method](spec.path), HttpCode(spec.status ?? 200), SetMetadata(SPEC, spec));
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
      const path = `/${prefix}/${spec.path}`.replace(/\/+$/, '').replaceAll(/:(\w+)(?=\/|$)/g, '{$1}');
      return [{ ...spec, fullPath: path }];
    });
  });
}
