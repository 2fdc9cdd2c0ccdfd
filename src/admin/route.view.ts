import { z } from 'zod';
import { parseIp } from '../routing/ip.js';
import { normalRule } from '../routing/admin-rules.js';
import { optionalMoment } from './resource-kind.js';

const kind = z.enum(['cidr', 'mccmnc', 'prefix']);
const source = z.enum(['manifest', 'polled', 'admin']);

const operatorId = z.string().min(1).max(50);
const MUST_BE = {
  cidr: 'must be a CIDR block such as 203.0.113.0/24',
  mccmnc: 'must be MCC and MNC as 5 or 6 digits',
  prefix: 'must be an E.164 prefix with + and at most 10 digits',
};

export const routeShape = {
  operatorId,
  kind,
  value: z.string().min(1).max(50),
  /** Brands share it: the Telco Finder of the operator is asked which one. */
  dynamic: z.boolean().default(false),
};

/** `value` comes out in the one way to write it. */
export function withNormalValue<T extends { kind: z.infer<typeof kind>; value: string }>(
  route: z.ZodType<T>,
) {
  return route.transform((draft, context) => {
    const value = normalRule(draft.kind, draft.value);
    if (value !== undefined) return { ...draft, value };
    context.addIssue({ code: 'custom', path: ['value'], message: MUST_BE[draft.kind] });
    return z.NEVER;
  });
}

export const RouteDraft = withNormalValue(z.strictObject(routeShape)).meta({ id: 'RouteDraft' });
export type RouteDraft = z.infer<typeof RouteDraft>;

export const RouteView = z
  .object({
    /** null: in a manifest, which is changed in its file. */
    id: z.uuid().nullable(),
    operatorId: z.string(),
    kind,
    value: z.string(),
    dynamic: z.boolean(),
    source,
    version: z.int().nullable(),
    createdAt: optionalMoment,
    updatedAt: optionalMoment,
    fetchedAt: optionalMoment,
  })
  .meta({ id: 'Route' });

const anyOf = <T extends z.ZodType<unknown, string>>(one: T) =>
  z
    .string()
    .min(1)
    .max(500)
    .transform((value) => value.split(','))
    .pipe(z.array(one))
    .optional();

export const routeQuery = z.strictObject({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  perPage: z.coerce.number().int().min(1).max(100).default(20),
  /** Manifests' rules come first, then those of the database by age. */
  orderBy: z.literal('createdAt').default('createdAt'),
  order: z.literal('asc').default('asc'),
  operatorId: anyOf(z.string()),
  kind: anyOf(kind),
  source: anyOf(source),
});
export type RouteQuery = z.infer<typeof routeQuery>;

/** What is known of a device. Neither number nor address is kept or logged. */
export const DeviceQuestion = z
  .strictObject({
    phoneNumber: z
      .string()
      .regex(/^\+[1-9][0-9]{4,14}$/, 'must be E.164 with +')
      .optional(),
    ip: z
      .string()
      .max(50)
      .refine((text) => parseIp(text) !== undefined, 'must be an IPv4 or IPv6 address')
      .optional(),
    mccmnc: z
      .string()
      .regex(/^\d{5,6}$/, MUST_BE.mccmnc)
      .optional(),
    operatorId: operatorId.optional(),
  })
  .refine((device) => Object.keys(device).length > 0, 'must name something of the device')
  .meta({ id: 'DeviceQuestion' });
export type DeviceQuestion = z.infer<typeof DeviceQuestion>;

export const ExplanationView = z
  .object({
    /** Absent: no operator. */
    operatorId: z.string().optional(),
    rule: z.string().optional(),
    /** The operator that the rule names, where an alternative of it takes sign-ins, and why. */
    insteadOf: z
      .object({
        operatorId: z.string(),
        why: z.enum(['off', 'not_registered', 'circuit_open', 'circuit_half_open', 'paced']),
      })
      .optional(),
    /** In the order in which they were tried; the last one decided. */
    steps: z.array(
      z.object({
        method: z.string(),
        result: z.enum(['resolved', 'none', 'ambiguous', 'shared', 'unavailable']),
        rule: z.string().optional(),
        operatorId: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'RouteExplanation' });
