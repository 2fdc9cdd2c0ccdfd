import { Operator } from '../operators/operator.js';
import { RoutingMethod } from '../telemetry/metrics.js';

/** A wish for an operator, by our id or by MCC and MNC (5 or 6 digits). */
export interface Wish {
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
