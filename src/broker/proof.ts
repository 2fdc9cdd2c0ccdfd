import { errors } from 'oidc-provider';
import { Operator } from '../operators/operator.js';

/** What an application has proved itself with in one request. */
export interface Proof {
  /** `key:<kid>` or `sec:<id>`, as it stands in tokens; undefined for a key without a kid. */
  readonly credential: string | undefined;
  /** Of a client secret only: which operators it opens. */
  readonly secretMode?: 'test' | 'live';
}

/** @returns the name of a key in our tokens, so that they end when it is taken away */
export function keyProof(kid: string | undefined): Proof {
  return { credential: kid === undefined ? undefined : `key:${kid}` };
}

type Reached = Pick<Operator, 'lifecycle'>;

/** A `test` secret never reaches a real person, and a `live` one is of no use to play with. */
export function mayReach(operator: Reached, proof: Proof | undefined): boolean {
  if (proof?.secretMode === undefined) return true;
  return (operator.lifecycle === 'sandbox') === (proof.secretMode === 'test');
}

/** The same. @throws AccessDenied */
export function requireReach(operator: Reached, proof: Proof | undefined): void {
  if (!mayReach(operator, proof)) throw new errors.AccessDenied('operator_not_for_this_secret');
}
