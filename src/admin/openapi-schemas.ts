import { ZodType, z } from 'zod';

type Json = Record<string, unknown>;

/** Schemas of the document, made from those that check; what has an `id` becomes a component. */
export class OpenApiSchemas {
  readonly components: Record<string, Json> = {};

  /** @param io whether what is sent is meant, or what is answered */
  of(schema: ZodType, io: 'input' | 'output'): Json {
    const {
      $schema: _,
      definitions,
      ...made
    } = z.toJSONSchema(schema, {
      target: 'openapi-3.0',
      io,
      unrepresentable: 'any',
      override: ({ jsonSchema }) => {
        // `additionalProperties: false` in an answer would forbid us to add a member later.
        if (io === 'output' && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties;
      },
    }) as Json & { definitions?: Record<string, Json> };
    for (const [id, definition] of Object.entries(definitions ?? {})) this.keep(id, definition);
    return referring(made);
  }

  private keep(id: string, { id: _id, ...definition }: Json): void {
    this.components[id] ??= referring(definition);
  }
}

/** Points references at the components, wherever they stand. */
function referring<T>(value: T): T {
  if (Array.isArray(value)) return value.map((one: unknown) => referring(one)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key]) => key !== 'id' || typeof (value as Json)['$ref'] !== 'string')
    .map(([key, one]) => [
      key,
      key === '$ref' && typeof one === 'string'
        ? one.replace('#/definitions/', '#/components/schemas/')
        : referring(one as unknown),
    ]);
  return Object.fromEntries(entries) as T;
}
