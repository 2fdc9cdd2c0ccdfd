import { CidrIndex } from './cidr-index.js';
import { isOwn, Rule } from './rule.js';

/** One rule: it decides. None: nobody's. More: they contradict each other, and to guess would misroute. */
export type Claim = readonly Rule[];

/** All rules at one moment; never changed, only replaced as a whole. */
export class RuleTable {
  private readonly cidrs: CidrIndex<Rule>;
  private readonly networks: Map<string, Rule[]>;
  private readonly prefixes: Map<string, Rule[]>;

  constructor(rules: readonly Rule[]) {
    const { cidr = [], mccmnc = [], prefix = [] } = Object.groupBy(rules, ({ kind }) => kind);
    this.cidrs = new CidrIndex(cidr.map((rule) => [rule.value, rule]));
    this.networks = Map.groupBy(mccmnc, ({ value }) => value);
    this.prefixes = Map.groupBy(prefix, ({ value }) => value);
  }

  /** Who serves this address? @param ip IPv4 or IPv6, mapped or not; what is no address belongs to nobody */
  address(ip: string): Claim {
    return decide(this.cidrs.around(ip));
  }

  /** Whose network is this? @param mccmnc 5 or 6 digits */
  network(mccmnc: string): Claim {
    return decide([this.networks.get(mccmnc) ?? []]);
  }

  /** Whose number range is this? @param phoneNumber E.164 with '+' */
  number(phoneNumber: string): Claim {
    const found: Rule[][] = [];
    for (let length = phoneNumber.length; length > 1; length--) {
      const rules = this.prefixes.get(phoneNumber.slice(0, length));
      if (rules) found.push(rules);
    }
    return decide(found);
  }
}

/**
 * Among our own rules the narrowest wins, and at the same width what an administrator wrote wins over a manifest.
 * What an operator publishes may divide its own range further, or claim what none of our rules names; it never
 * takes anything from an operator that we named ourselves, and two publishers of one range cancel each other out.
 * @param widths matching rules by the width of what they name, the narrowest first
 */
function decide(widths: readonly Rule[][]): Claim {
  const narrowest = widths.findIndex((rules) => rules.some(isOwn));
  if (narrowest === -1) return unanimous(widths.flat());
  const own = widths[narrowest]!.filter(isOwn);
  const written = own.filter(({ source }) => source === 'admin');
  const claim = unanimous(written.length > 0 ? written : own);
  if (claim.length !== 1) return claim;
  const finer = widths.slice(0, narrowest).flat();
  return [finer.find(({ operator }) => operator === claim[0]!.operator) ?? claim[0]!];
}

/** An alternative that names the network it leads to, too, does not contest it. */
function unanimous(rules: readonly Rule[]): Claim {
  const behind = new Set(rules.flatMap(({ operator }) => operator.alternatives));
  const first = rules.filter(({ operator }) => !behind.has(operator.id));
  const operators = new Set(first.map(({ operator }) => operator));
  return operators.size === 1 ? first.slice(0, 1) : first;
}
