import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseCidr } from './ip.js';
import { RuleKind } from './rule.js';

const MAX_RULES = 10_000;
/** Wider than any operator's: such a block would claim the devices of everybody whom no rule names. */
const WIDEST = { 32: 8, 128: 16 } as const;

const cidr = (width: 32 | 128) =>
  z
    .string()
    .max(50)
    .transform((given, context) => {
      const parsed = parseCidr(given);
      if (parsed?.block.width === width && parsed.block.length >= WIDEST[width]) return parsed.text;
      context.addIssue({ code: 'custom', message: 'no CIDR block, or too wide a one' });
      return z.NEVER;
    });

const RoutingRule = z
  .object({
    ipv4: z.array(cidr(32)).default([]),
    ipv6: z.array(cidr(128)).default([]),
    msisdnPrefix: z.array(z.string().regex(/^\+[1-9]\d{1,14}$/)).default([]),
    network: z.array(z.string().regex(/^\d{5,6}$/)).default([]),
    static: z.object({ operatorId: z.string().min(1).max(200) }).optional(),
    /** Where the finder is, the manifest says; a URL from the wire is not called. */
    dynamic: z.object({}).optional(),
  })
  .refine((rule) => (rule.static === undefined) !== (rule.dynamic === undefined), 'either static or dynamic');

/** What `GET /telco-routing/v1/routing` answers (GSMA Open Gateway, Telco Routing API). */
export const TelcoRoutingTable = z.array(RoutingRule).max(MAX_RULES);
export type TelcoRoutingTable = z.infer<typeof TelcoRoutingTable>;

export interface PublishedRule {
  readonly kind: RuleKind;
  readonly value: string;
  readonly dynamic: boolean;
}

/**
 * What a table says of the operator that publishes it. An operator speaks for itself alone: rules for others
 * are left out, so that nobody can draw another operator's devices to itself or away.
 * @param telcoId what the operator is called in its own table
 * @returns each thing once, in one order whatever the table's; undefined when there are too many
 */
export function publishedRules(table: TelcoRoutingTable, telcoId: string): PublishedRule[] | undefined {
  const rules = new Map<string, PublishedRule>();
  for (const { ipv4, ipv6, msisdnPrefix, network, static: fixed, dynamic } of table) {
    if (fixed && fixed.operatorId !== telcoId) continue;
    const add = (kind: RuleKind, values: readonly string[]): void => {
      for (const value of values) {
        const before = rules.get(`${kind} ${value}`);
        // Said to be both: then brands share it after all.
        rules.set(`${kind} ${value}`, { kind, value, dynamic: !!dynamic || !!before?.dynamic });
      }
    };
    add('cidr', [...ipv4, ...ipv6]);
    add('prefix', msisdnPrefix);
    add('mccmnc', network);
  }
  if (rules.size > MAX_RULES) return undefined;
  return [...rules].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, rule]) => rule);
}

/** Tells a changed table from one that is as it was. */
export function digestOf(rules: readonly PublishedRule[]): string {
  return createHash('sha256').update(JSON.stringify(rules)).digest('hex');
}
