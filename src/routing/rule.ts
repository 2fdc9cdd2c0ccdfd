import { Operator } from '../operators/operator.js';

/** Where a rule comes from: our own files, our own database, or the table that its operator publishes. */
export type RuleSource = 'manifest' | 'admin' | `telco-routing:${string}`;
export type RuleKind = 'cidr' | 'mccmnc' | 'prefix';

export interface Rule {
  readonly operator: Operator;
  readonly kind: RuleKind;
  /** A CIDR block, MCC and MNC, or an E.164 prefix with '+'. */
  readonly value: string;
  readonly source: RuleSource;
  /** Brands share it: the Telco Finder of the operator says which one serves the device. */
  readonly dynamic: boolean;
}

/** Names a rule to people: `cidr 203.0.113.0/24 of manifest`. */
export function nameOf({ kind, value, source }: Rule): string {
  return `${kind} ${value} of ${source}`;
}

/** Written by us, not published by an operator. */
export function isOwn({ source }: Rule): boolean {
  return source === 'manifest' || source === 'admin';
}

/** What the manifests say, as rules. @param operators those that can be served */
export function manifestRules(operators: readonly Operator[]): Rule[] {
  return operators.flatMap((operator) => {
    const rule = (kind: RuleKind) => (value: string) =>
      ({ operator, kind, value, source: 'manifest', dynamic: false }) as const;
    return [
      ...operator.routes.cidrs.map(rule('cidr')),
      ...operator.networks.map(rule('mccmnc')),
      ...operator.routes.prefixes.map(rule('prefix')),
    ];
  });
}
