import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { Metrics, RoutingMethod } from '../telemetry/metrics.js';
import { NetworkIds } from './network-ids.js';
import { RoutingRules } from './routing-rules.js';
import { Claim } from './rule-table.js';
import { nameOf } from './rule.js';
import { Target, TelcoFinder } from './telco-finder.js';

/** A wish for an operator, by our id or by MCC and MNC (5 or 6 digits). */
interface Wish {
  operatorId?: string;
  mccmnc?: string;
}

/** What is known of a device; any of it may be missing. The wish at the top comes from a signed source. */
export interface RouteQuery extends Wish {
  /** Source address of the device's own connection. */
  ip?: string;
  port?: number;
  /** E.164 with '+'. */
  phoneNumber?: string;
  /** A wish that anybody can have written, such as a bare query parameter: heard when nothing else decides. */
  hint?: Wish;
}

/** Which operator, and the rule that said so (`cidr 10.31.0.0/16 of manifest`). */
export interface Route {
  readonly operator: Operator;
  readonly rule: string;
}

/** One thing that was tried. Holds neither address nor number. */
export interface Step {
  readonly method: RoutingMethod;
  /** shared: the rule sends on to the operator's Telco Finder; unavailable: a service gave no answer. */
  readonly result: 'resolved' | 'none' | 'ambiguous' | 'shared' | 'unavailable';
  readonly rule?: string;
  readonly operatorId?: string;
}

export interface Explanation {
  readonly operatorId?: string;
  readonly rule?: string;
  /** In the order in which they were tried; the last one decided. */
  readonly steps: readonly Step[];
}

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
    if (typeof claim !== 'object' || !claim.dynamic) return;
    const rule = `telco finder of ${claim.operator.id} for ${nameOf(claim)}`;
    try {
      const operator = await this.finder.search(claim.operator, target);
      yield operator
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
  if (claim === undefined) return { step: { method, result: 'none' } };
  if (claim === 'ambiguous') return { step: { method, result: 'ambiguous' } };
  if (!claim.dynamic) return found(method, claim.operator, nameOf(claim));
  return { step: { method, result: 'shared', rule: nameOf(claim) } };
}
