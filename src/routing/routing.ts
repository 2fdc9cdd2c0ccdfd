import { BlockList } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { Metrics } from '../telemetry/metrics.js';
import { addCidr, covers } from './cidr.js';

/** What is known of a device; any of it may be missing. */
export interface RouteQuery {
  /** An explicit wish of a caller who may have one. */
  operatorId?: string;
  /** Source address of the device's own connection. */
  ip?: string;
  port?: number;
  /** MCC and MNC, 5 or 6 digits. */
  mccmnc?: string;
  /** E.164 with '+'. */
  phoneNumber?: string;
}

/** Which operator, and the rule that said so (`ip 10.31.0.0/16`): a rule never names a subscriber. */
export interface Route {
  readonly operator: Operator;
  readonly rule: string;
}

type Method = 'hint' | 'ip_cidr' | 'mcc_mnc' | 'prefix';
interface Finding extends Route {
  readonly method: Method;
}

interface Network {
  readonly operator: Operator;
  /** All blocks at once: the fast check. Which of them matched is looked up afterwards. */
  readonly blocks: BlockList;
}

/**
 * Which operator serves a device. The order: explicit hint, source address, mobile network code, number prefix.
 * In the code flow the network that carries the request is the one that authenticates it, so the source
 * address beats whatever number the caller names. Only operators that are on are considered.
 */
export class Routing {
  private readonly networks: readonly Network[];
  private readonly byMccmnc = new Map<string, Operator>();
  private readonly byPrefix = new Map<string, Operator>();

  constructor(
    private readonly operators: Operators,
    private readonly metrics: Metrics,
  ) {
    const on = operators.all().filter((operator) => operator.off === undefined);
    this.networks = on.map((operator) => ({ operator, blocks: blocksOf(operator.routes.cidrs) }));
    for (const operator of on) {
      for (const mccmnc of operator.networks) this.byMccmnc.set(mccmnc, operator);
      for (const prefix of operator.routes.prefixes) this.byPrefix.set(prefix, operator);
    }
  }

  /** Decides and counts. @returns undefined when no rule knows the device */
  find(query: RouteQuery): Route | undefined {
    const found = this.decide(query);
    this.metrics.routed(found?.method ?? 'default', found ? 'resolved' : 'none');
    return found && { operator: found.operator, rule: found.rule };
  }

  /** The same decision for a person who asks why; counts nothing. */
  explain(query: RouteQuery): Route | undefined {
    const found = this.decide(query);
    return found && { operator: found.operator, rule: found.rule };
  }

  private decide({ operatorId, ip, mccmnc, phoneNumber }: RouteQuery): Finding | undefined {
    return (
      (operatorId && this.byHint(operatorId)) ||
      (ip && this.byAddress(ip)) ||
      (mccmnc && this.byNetworkCode(mccmnc)) ||
      (phoneNumber && this.byNumber(phoneNumber)) ||
      undefined
    );
  }

  private byHint(operatorId: string): Finding | undefined {
    const operator = this.operators.get(operatorId);
    return operator && operator.off === undefined
      ? { operator, method: 'hint', rule: `hint ${operatorId}` }
      : undefined;
  }

  private byAddress(given: string): Finding | undefined {
    if (!ipaddr.isValid(given)) return undefined;
    const ip = ipaddr.process(given).toString();
    const operator = this.networks.find(({ blocks }) => covers(blocks, ip))?.operator;
    if (!operator) return undefined;
    const cidr = operator.routes.cidrs.find((block) => covers(blocksOf([block]), ip));
    return { operator, method: 'ip_cidr', rule: `ip ${cidr}` };
  }

  private byNetworkCode(mccmnc: string): Finding | undefined {
    const operator = this.byMccmnc.get(mccmnc);
    return operator && { operator, method: 'mcc_mnc', rule: `mccmnc ${mccmnc}` };
  }

  /** The longest prefix wins. */
  private byNumber(phoneNumber: string): Finding | undefined {
    for (let length = phoneNumber.length; length > 1; length--) {
      const prefix = phoneNumber.slice(0, length);
      const operator = this.byPrefix.get(prefix);
      if (operator) return { operator, method: 'prefix', rule: `prefix ${prefix}` };
    }
    return undefined;
  }
}

function blocksOf(cidrs: readonly string[]): BlockList {
  const blocks = new BlockList();
  for (const cidr of cidrs) addCidr(blocks, cidr);
  return blocks;
}
