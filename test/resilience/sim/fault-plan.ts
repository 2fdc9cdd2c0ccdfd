import { Random } from '../random.js';
import { ANSWER_FAULTS } from './answer-faults.js';
import { BYTE_FAULTS } from './byte-faults.js';
import { Fault } from './fault.js';

/** Faults of the connection, not of one request: they concern everything that reaches the operator. */
const CONNECTION_FAULTS = ['refused', 'blackhole', 'tls_unknown', 'tls_other_host', 'tls_1_1'] as const;
export type ConnectionFault = (typeof CONNECTION_FAULTS)[number];

export type Endpoint = 'verify' | 'share' | 'token';

/** What `POST /__fault` takes. */
export interface FaultOrder {
  readonly operator: string;
  /** All of them unless given. */
  readonly endpoint?: Endpoint;
  /** One name, or several with commas: one is drawn per request. `none` heals. */
  readonly fault: string;
  /** Share of the requests, 0 to 100; 100 unless given. */
  readonly pct?: number;
  readonly seed?: string;
  /** Milliseconds since the epoch; without it the fault lasts until it is healed. */
  readonly until?: number;
}

interface Standing {
  readonly order: FaultOrder;
  readonly names: readonly string[];
  readonly random: Random;
  /** Parts of a fault that are due; evenly spread, so that a circuit sees no chance run of them. */
  due: number;
}

export function requestFault(name: string): Fault | undefined {
  return BYTE_FAULTS[name] ?? ANSWER_FAULTS[name];
}

export function isConnectionFault(name: string): name is ConnectionFault {
  return (CONNECTION_FAULTS as readonly string[]).includes(name);
}

/** What is broken at one operator. */
export class FaultPlan {
  private standing: Standing | undefined;

  /** @throws Error when there is no such fault */
  set(order: FaultOrder): void {
    if (order.fault === 'none') {
      this.standing = undefined;
      return;
    }
    const names = order.fault.split(',');
    for (const name of names) {
      if (!requestFault(name) && !isConnectionFault(name)) throw new Error(`no fault ${name}`);
    }
    const random = new Random(`${order.seed ?? ''}/${order.operator}/${order.fault}`);
    this.standing = { order, names, random, due: random.next() };
  }

  /** @returns what is wrong with every connection now */
  get connection(): ConnectionFault | undefined {
    const name = this.lasting()?.names[0];
    return name !== undefined && isConnectionFault(name) ? name : undefined;
  }

  /** @returns the name of the fault for this request; undefined for an honest answer */
  draw(endpoint: Endpoint): string | undefined {
    const standing = this.lasting();
    if (!standing) return undefined;
    const { order, names, random } = standing;
    if (order.endpoint !== undefined && order.endpoint !== endpoint) return undefined;
    standing.due += (order.pct ?? 100) / 100;
    if (standing.due < 1) return undefined;
    standing.due -= 1;
    const name = random.pick(names);
    return isConnectionFault(name) ? undefined : name;
  }

  private lasting(): Standing | undefined {
    const until = this.standing?.order.until;
    if (until !== undefined && Date.now() >= until) this.standing = undefined;
    return this.standing;
  }
}
