import {
  FindOptionsWhere,
  In,
  LessThan,
  LessThanOrEqual,
  MoreThan,
  MoreThanOrEqual,
  ArrayContains,
  ArrayOverlap,
  And,
  FindOperator,
} from 'typeorm';
import { z } from 'zod';
import { AdminCall } from './admin-call.js';
import { Answer } from './answer.js';

/** Attributes that a list may be filtered by, and how. */
export type Filters = Readonly<Record<string, 'text' | 'uuid' | 'date' | 'tags'>>;

const COMPARISONS = { gte: MoreThanOrEqual, gt: MoreThan, lte: LessThanOrEqual, lt: LessThan } as const;
type Comparison = keyof typeof COMPARISONS;

const page = z.coerce.number().int().min(1).max(1_000_000);
const text = z.string().min(1).max(500);
const date = z.iso.datetime({ offset: true, error: 'must be a date and time with zone (RFC 3339)' });
const FILTER = {
  text: text.transform((value) => value.split(',')),
  uuid: text.transform((value) => value.split(',')).pipe(z.array(z.uuid())),
  tags: z.union([text, z.array(text)]).transform((value) => [value].flat().map((one) => one.split(','))),
} as const;

/** What every resource can be ordered by; the id comes last by itself. */
const ORDER = ['createdAt', 'updatedAt', 'key', 'name'] as const;

/**
 * Query of a list (Commonalities r4.2, "Pagination, sorting and filtering"): `page`, `perPage` (1 to 100), `orderBy`,
 * `order`, and filters by attribute: `a,b` any of them; `.gte .gt .lte .lt` on dates; `tags` given twice: all of them.
 */
export function listQuery(filters: Filters, named = true): z.ZodObject {
  const shape: Record<string, z.ZodType> = {
    page: page.default(1),
    perPage: z.coerce.number().int().min(1).max(100).default(20),
    orderBy: z.enum(named ? ORDER : ORDER.slice(0, 3)).default('createdAt'),
    order: z.enum(['asc', 'desc']).default('asc'),
  };
  for (const [name, kind] of Object.entries(filters)) {
    if (kind !== 'date') shape[name] = FILTER[kind].optional();
    else for (const comparison of Object.keys(COMPARISONS)) shape[`${name}.${comparison}`] = date.optional();
  }
  return z.strictObject(shape);
}

export interface Paging {
  readonly page: number;
  readonly perPage: number;
  readonly orderBy: string;
  readonly order: 'asc' | 'desc';
}

/** The filters of a query as TypeORM has them. @param query of {@link listQuery} */
export function whereOf<E>(filters: Filters, query: Readonly<Record<string, unknown>>): FindOptionsWhere<E> {
  const where: Record<string, FindOperator<unknown>> = {};
  for (const [name, kind] of Object.entries(filters)) {
    if (kind === 'date') {
      const bounds = (Object.keys(COMPARISONS) as Comparison[]).flatMap((comparison) => {
        const bound = query[`${name}.${comparison}`];
        return bound === undefined ? [] : [COMPARISONS[comparison](new Date(bound as string))];
      });
      if (bounds.length > 0) where[name] = And<unknown>(...bounds);
    } else if (query[name] !== undefined) {
      where[name] = kind === 'tags' ? tagged(query[name] as string[][]) : In(query[name] as string[]);
    }
  }
  return where as FindOptionsWhere<E>;
}

function tagged(groups: string[][]): FindOperator<unknown> {
  const operators = groups.map((group): FindOperator<unknown> =>
    group.length === 1 ? ArrayContains(group) : ArrayOverlap(group),
  );
  return And<unknown>(...operators);
}

/** One page, with how many there are, and links to the pages around it (RFC 8288). */
export function listAnswer(
  call: AdminCall<unknown, Paging>,
  items: readonly unknown[],
  totalCount: number,
): Answer {
  const { page: current, perPage } = call.query;
  const totalPages = Math.ceil(totalCount / perPage);
  const [path, search = ''] = call.request.url.split('?');
  const link = (to: number, rel: string): string => {
    const parameters = new URLSearchParams(search);
    parameters.set('page', String(to));
    return `<${path}?${parameters.toString()}>; rel="${rel}"`;
  };
  const links = [
    link(1, 'first'),
    ...(current > 1 ? [link(current - 1, 'prev')] : []),
    ...(current < totalPages ? [link(current + 1, 'next')] : []),
    link(Math.max(1, totalPages), 'last'),
  ];
  return {
    status: 200,
    body: { items, pagination: { page: current, perPage, totalCount, totalPages } },
    headers: {
      'x-total-count': String(totalCount),
      'x-total-pages': String(totalPages),
      link: links.join(', '),
    },
  };
}

/** The document's schema of such a page. */
export function listOf(view: z.ZodType): z.ZodType {
  return z.object({
    items: z.array(view),
    pagination: z.object({
      page: z.int(),
      perPage: z.int(),
      totalCount: z.int(),
      totalPages: z.int(),
    }),
  });
}
