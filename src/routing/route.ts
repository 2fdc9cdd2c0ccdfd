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

/** Why a sign-in is not left to the operator that the rules name. */
export type Obstacle = 'off' | 'not_registered' | 'circuit_open' | 'circuit_half_open' | 'paced';

/** The operator whose network it is, where another one takes the sign-in. */
interface InsteadOf {
  readonly operator: Operator;
  readonly why: Obstacle;
}

/** What a sign-in needs of an operator beside the device. */
export interface Demand {
  /** Whether the operator knows the application. */
  registeredAt(operator: Operator): boolean;
  /** What an alternative must be able to do; of the operator that the rules name it is not asked here. */
  suits(operator: Operator): boolean;
}

/** Which operator, and the rule that said so (`cidr 10.31.0.0/16 of manifest`). */
export interface Route {
  readonly operator: Operator;
  readonly rule: string;
  /** Where the operator is an alternative of the one that the rule names. */
  readonly insteadOf?: InsteadOf;
}

/** One thing that was tried. Holds neither address nor number. */
export interface Step {
  readonly method: RoutingMethod | 'alternative';
  /** shared: the rule sends on to the operator's Telco Finder; unavailable: a service gave no answer. */
  readonly result: 'resolved' | 'none' | 'ambiguous' | 'shared' | 'unavailable';
  readonly rule?: string;
  readonly operatorId?: string;
}

export interface Explanation {
  readonly operatorId?: string;
  readonly rule?: string;
  /** The operator that the rule names, where an alternative of it would take the sign-in, and why. */
  readonly insteadOf?: { readonly operatorId: string; readonly why: Obstacle };
  /** In the order in which they were tried; the last one decided. */
  readonly steps: readonly Step[];
}
