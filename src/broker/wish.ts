import { RouteQuery } from '../routing/route.js';

/** An operator that an ASP names, as routing hears it: signed above all else, unsigned when nothing decides. */
export type NamedOperator = Pick<RouteQuery, 'operatorId' | 'mccmnc' | 'hint'>;

/**
 * Takes our own parameters `operator_id` and `mccmnc` out of a request: no standard has one for whose a device
 * is, and a TS.43 token does not tell.
 */
export function takeNamedOperator(parameters: URLSearchParams, signed: boolean): NamedOperator {
  const operatorId = parameters.get('operator_id');
  const mccmnc = parameters.get('mccmnc');
  parameters.delete('operator_id');
  parameters.delete('mccmnc');
  const wish = {
    ...(operatorId && { operatorId }),
    ...(mccmnc && /^\d{5,6}$/.test(mccmnc) && { mccmnc }),
  };
  if (Object.keys(wish).length === 0) return {};
  return signed ? wish : { hint: wish };
}
