import { Operator } from '../../src/operators/operator.js';
import { Detours } from '../../src/routing/detours.js';
import { NetworkIds } from '../../src/routing/network-ids.js';
import { Routing } from '../../src/routing/routing.js';
import { RuleTable } from '../../src/routing/rule-table.js';
import { Rule, manifestRules } from '../../src/routing/rule.js';
import { Target, TelcoFinder } from '../../src/routing/telco-finder.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { operator, operators } from './routing-service.js';

export const A = operator('aa', {
  networks: ['99931'],
  cidrs: ['10.31.0.0/16', '2001:db8:31::/48'],
  prefixes: ['+99031'],
});
export const B = operator('bb', {
  networks: ['99932'],
  cidrs: ['10.32.0.0/16', '203.0.113.0/25'],
  prefixes: ['+990310', '+99032'],
});
const OFF = operator('off', { off: 'a secret is missing', networks: ['99939'], cidrs: ['10.39.0.0/16'] });
const SHARED: Rule[] = [
  { operator: A, kind: 'cidr', value: '100.64.0.0/10', source: 'admin', dynamic: true },
  { operator: A, kind: 'prefix', value: '+99077', source: 'admin', dynamic: true },
  { operator: B, kind: 'cidr', value: '198.51.100.0/24', source: 'telco-routing:bb', dynamic: false },
  { operator: A, kind: 'cidr', value: '198.51.100.0/24', source: 'telco-routing:aa', dynamic: false },
];

/** A portability source with the answers that were put into it. */
export class Ported implements NetworkIds {
  readonly asked: string[] = [];

  constructor(private readonly networks: Record<string, string | Error>) {}

  async resolve(phoneNumber: string): Promise<string | undefined> {
    this.asked.push(phoneNumber);
    const network = this.networks[phoneNumber];
    if (network instanceof Error) throw network;
    return network;
  }
}

/** Routing over a few rules, with a finder that says what it was told to. */
export class RoutingRig {
  readonly metrics = new Metrics();
  finderSays: Operator | undefined | Error;
  readonly finderAsked: Target[] = [];

  routing(networkIds?: NetworkIds): Routing {
    const table = new RuleTable([...manifestRules([A, B]), ...SHARED]);
    const all = operators(A, B, OFF);
    const detours = new Detours(all, { obstacle: () => undefined });
    return new Routing(all, this.metrics, { table }, this.finder(), networkIds, detours);
  }

  /** How many decisions were counted under these labels. */
  async counted(method: string, result: string): Promise<number> {
    const line = `routing_decisions_total{method="${method}",result="${result}"} `;
    return Number((await this.metrics.render()).split(line)[1]?.split('\n')[0] ?? 0);
  }

  private finder(): TelcoFinder {
    const search = async (_at: Operator, target: Target): Promise<Operator | undefined> => {
      this.finderAsked.push(target);
      if (this.finderSays instanceof Error) throw this.finderSays;
      return this.finderSays;
    };
    return { search } as unknown as TelcoFinder;
  }
}
