import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { Metrics, RoutingMethod } from '../telemetry/metrics.js';
import { NetworkIds } from './network-ids.js';
import { ANYBODY, Detour, Detours } from './detours.js';
import { Demand, Explanation, Route, RouteQuery, Step, Wish } from './route.js';
import { RoutingRules } from './routing-rules.js';
import { Claim } from './rule-table.js';
import { nameOf } from './rule.js';
import { Target, TelcoFinder } from './telco-finder.js';

/** A step, and its operator when it found one: that of the network, be it on or off. */
interface Tried {
  readonly step: Step & { readonly method: RoutingMethod };
  readonly operator?: Operator;
  /** Nothing else is looked at, though there is no operator. */
  readonly final?: true;
}

/**
 * Which operator serves a device. The order: a signed wish, the source address, the number. In the code flow the
 * network that carries the request is the one that authenticates it, so the address beats whatever number the
 * caller names. What is ambiguous is not guessed at. Only operators that are on are chosen; where there is another way
 * to the network of one that cannot take a sign-in, that way is chosen.
 */
export class Routing {
  constructor(
    private readonly operators: Operators,
    private readonly metrics: Metrics,
    private readonly rules: Pick<RoutingRules, 'table'>,
    private readonly finder: TelcoFinder,
    private readonly networkIds: NetworkIds | undefined,
    private readonly detours: Detours,
  ) {}

  /**
   * Decides for one sign-in, and counts.
   * @returns undefined when no rule knows the device, or whose it is cannot serve it by any way; never rejects
   */
  async find(query: RouteQuery, demand: Demand = ANYBODY): Promise<Route | undefined> {
    const tried = await this.decide(query);
    const { step, operator: first } = tried.at(-1) ?? {};
    if (first && step) return this.routeBy(step, first, this.detours.take(first, demand));
    const ambiguous = tried.find((one) => one.step.result === 'ambiguous')?.step;
    this.metrics.routing.decided(ambiguous?.method ?? 'default', ambiguous ? 'ambiguous' : 'none');
    return undefined;
  }

  /** The same decision, for a person who asks why: every step that was tried. Counts nothing. */
  async explain(query: RouteQuery, demand: Demand = ANYBODY): Promise<Explanation> {
    const tried = await this.decide(query);
    const steps = tried.map(({ step }) => step);
    const { step, operator: first } = tried.at(-1) ?? {};
    if (!first || !step) return { steps };
    const detour = this.detours.look(first, demand);
    if (!detour) {
      if (first.off !== undefined) return { steps };
      return { operatorId: first.id, rule: step.rule, steps };
    }
    const { operator, why } = detour;
    const rule = `alternative of ${first.id}: ${why}`;
    const last: Step = { method: 'alternative', result: 'resolved', rule, operatorId: operator.id };
    const insteadOf = { operatorId: first.id, why };
    return { operatorId: operator.id, rule: step.rule, insteadOf, steps: [...steps, last] };
  }

  private routeBy(
    step: Step & { method: RoutingMethod },
    first: Operator,
    detour: Detour | undefined,
  ): Route | undefined {
    const rule = step.rule!;
    if (detour) {
      const { operator, why } = detour;
      this.metrics.routing.decided(step.method, 'alternative');
      this.metrics.routing.detoured(first.id, operator.id, why);
      return { operator, rule, insteadOf: { operator: first, why } };
    }
    const on = first.off === undefined;
    this.metrics.routing.decided(step.method, on ? 'resolved' : 'none');
    return on ? { operator: first, rule } : undefined;
  }

  private async decide(query: RouteQuery): Promise<Tried[]> {
    const tried: Tried[] = [];
    for await (const one of this.walk(query)) {
      tried.push(one);
      if (one.operator || one.final) break;
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

  /** Who names an operator means that one: if it is not there, whatever else is known would only be a guess. */
  private *byWish({ operatorId, mccmnc }: Wish): Generator<Tried> {
    if (operatorId) {
      const operator = this.operators.get(operatorId);
      yield operator && this.operators.serves(operator)
        ? found('hint', operator, `operator_id ${operatorId}`)
        : { step: { method: 'hint', result: 'none' }, final: true };
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
      yield operator && this.operators.serves(operator)
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
