import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { Metrics, RoutingMethod } from '../telemetry/metrics.js';
import { NetworkIds } from './network-ids.js';
import { Explanation, Route, RouteQuery, Step, Wish } from './route.js';
import { RoutingRules } from './routing-rules.js';
import { Claim } from './rule-table.js';
import { nameOf } from './rule.js';
import { Target, TelcoFinder } from './telco-finder.js';

/** A step, and its operator when it found one. */
interface Tried {
  readonly step: Step;
  readonly operator?: Operator;
}

/**
 * Which operator serves a device. The order: a signed wish, the source address, the number. In the code flow the
 * network that carries the request is the one that authenticates it, so the address beats whatever number the
 * caller names. Only operators that are on are considered, and what is ambiguous is not guessed at.
 */
export class Routing {
  constructor(
    private readonly operators: Operators,
    private readonly metrics: Metrics,
    private readonly rules: Pick<RoutingRules, 'table'>,
    private readonly finder: TelcoFinder,
    private readonly networkIds: NetworkIds | undefined,
  ) {}

  /** Decides and counts. @returns undefined when no rule knows the device; never rejects */
  async find(query: RouteQuery): Promise<Route | undefined> {
    const tried = await this.decide(query);
    const { step, operator } = tried.at(-1) ?? {};
    if (operator && step) {
      this.metrics.routed(step.method, 'resolved');
      return { operator, rule: step.rule! };
    }
    const ambiguous = tried.find((one) => one.step.result === 'ambiguous')?.step;
    this.metrics.routed(ambiguous?.method ?? 'default', ambiguous ? 'ambiguous' : 'none');
    return undefined;
  }

  /** The same decision, for a person who asks why: every step that was tried. Counts nothing. */
  async explain(query: RouteQuery): Promise<Explanation> {
    const steps = (await this.decide(query)).map(({ step }) => step);
    const last = steps.at(-1);
    if (last?.result !== 'resolved') return { steps };
    return { operatorId: last.operatorId, rule: last.rule, steps };
  }

  private async decide(query: RouteQuery): Promise<Tried[]> {
    const tried: Tried[] = [];
    for await (const one of this.walk(query)) {
      tried.push(one);
      if (one.operator) break;
    }
    return tried;
  }

  /** Every step there is, in order; whoever walks stops at the first one that finds an operator. */
  private async *walk({ ip, port, phoneNumber, hint, ...wish }: RouteQuery): AsyncGenerator<Tried> {
    yield* this.byWish(wish);
    if (ip) yield* this.byClaim('ip_cidr', this.rules.table.address(ip), { ip, port });
    if (phoneNumber) yield* this.byNumber(phoneNumber);
    if (hint) yield* this.byWish(hint);
  }

  private *byWish({ operatorId, mccmnc }: Wish): Generator<Tried> {
    if (operatorId) {
      const operator = this.operators.get(operatorId);
      yield operator && operator.off === undefined
        ? found('hint', operator, `operator_id ${operatorId}`)
        : { step: { method: 'hint', result: 'none' } };
    }
    // A network that brands share cannot be taken further without address or number.
    if (mccmnc) yield read('mcc_mnc', this.rules.table.network(mccmnc));
  }

  /** The number's network of today; its prefix only where no portability source knows the number. */
  private async *byNumber(phoneNumber: string): AsyncGenerator<Tried> {
    if (this.networkIds) {
      const network = await this.networkIds.resolve(phoneNumber).catch(() => 'unavailable' as const);
      if (network === 'unavailable') {
        yield { step: { method: 'network_id', result: 'unavailable' } };
        return;
      }
      if (network !== undefined) {
        yield* this.byClaim('network_id', this.rules.table.network(network), { phoneNumber });
        return;
      }
      yield { step: { method: 'network_id', result: 'none' } };
    }
    yield* this.byClaim('prefix', this.rules.table.number(phoneNumber), { phoneNumber });
  }

  /** What a rule says, and where it says "ask my Telco Finder", what that one says. */
  private async *byClaim(method: RoutingMethod, claim: Claim, target: Target): AsyncGenerator<Tried> {
    yield read(method, claim);
    const [shared, ...others] = claim;
    if (!shared?.dynamic || others.length > 0) return;
    const rule = `telco finder of ${shared.operator.id} for ${nameOf(shared)}`;
    try {
      const operator = await this.finder.search(shared.operator, target);
      yield operator?.off === undefined && operator
        ? found('telco_finder', operator, rule)
        : { step: { method: 'telco_finder', result: 'none', rule } };
    } catch {
      yield { step: { method: 'telco_finder', result: 'unavailable', rule } };
    }
  }
}

function found(method: RoutingMethod, operator: Operator, rule: string): Tried {
  return { operator, step: { method, result: 'resolved', rule, operatorId: operator.id } };
}

function read(method: RoutingMethod, claim: Claim): Tried {
  const [rule, ...others] = claim;
  if (!rule) return { step: { method, result: 'none' } };
  if (others.length > 0)
    return { step: { method, result: 'ambiguous', rule: claim.map(nameOf).join(' against ') } };
  if (!rule.dynamic) return found(method, rule.operator, nameOf(rule));
  return { step: { method, result: 'shared', rule: nameOf(rule) } };
}
