import { z } from 'zod';
import type { Operator } from '../operators/operator.js';
import type { Operators } from '../operators/operators.js';

const anyOf = z
  .string()
  .min(1)
  .max(500)
  .transform((value) => value.split(','))
  .optional();

/** Query of a list that comes from memory. */
export const operatorQuery = z.strictObject({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  perPage: z.coerce.number().int().min(1).max(100).default(20),
  orderBy: z.enum(['id', 'name', 'country']).default('id'),
  order: z.enum(['asc', 'desc']).default('asc'),
  country: anyOf,
  lifecycle: anyOf,
});
export type OperatorQuery = z.infer<typeof operatorQuery>;

/** One page of the operators that a query asks for, and how many there are in all. */
export function pageOfOperators(
  operators: Operators,
  { page, perPage, orderBy, order, country, lifecycle }: OperatorQuery,
  shown: (operator: Operator) => boolean = () => true,
): { operators: Operator[]; count: number } {
  const found = operators
    .all()
    .filter(
      (one) =>
        shown(one) &&
        (!country || country.includes(one.country ?? '')) &&
        (!lifecycle || lifecycle.includes(one.lifecycle)),
    )
    .sort(
      (a, b) =>
        compare(a[orderBy] ?? '', b[orderBy] ?? '') * (order === 'asc' ? 1 : -1) || compare(a.id, b.id),
    );
  return { operators: found.slice((page - 1) * perPage, page * perPage), count: found.length };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
