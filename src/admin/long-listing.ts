import { z } from 'zod';

/** A moment; a day is its first moment in UTC. */
export const instant = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'must be a date (2026-01-31) or a date and time with zone (RFC 3339)',
  })
  .transform((value) => new Date(value));

/** `a,b`: any of them. */
export const list = <T extends string>(of: z.ZodType<T, string>) =>
  z
    .string()
    .min(1)
    .max(500)
    .transform((value) => value.split(','))
    .pipe(z.array(of));

export const uuids = list(z.uuid());
export const texts = list(z.string().min(1));

/** How many at a time. */
export const limit = z.coerce.number().int().min(1).max(1_000).default(100);
/** `nextCursor` of the page before. */
export const cursor = z.string().min(1).max(200).optional();

/** A page of what only grows and is too much to be counted. */
export function listAfter(view: z.ZodType): z.ZodType {
  return z.object({
    items: z.array(view),
    /** Absent on the last page. */
    nextCursor: z.string().optional(),
  });
}

/** Opaque to callers: nobody makes one up, and later ones may look otherwise. */
export function writeCursor(place: string): string {
  return Buffer.from(place).toString('base64url');
}

/** @returns whatever stands in it: to be checked by whoever reads it */
export function readCursor(given: string): string {
  return Buffer.from(given, 'base64url').toString();
}
