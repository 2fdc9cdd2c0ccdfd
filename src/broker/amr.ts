import { errors } from 'oidc-provider';
import { Operator } from '../operators/operator.js';

type Policy = Pick<Operator['auth'], 'amr' | 'amrDenied' | 'amrAllowed'>;

/**
 * How an operator says it authenticated the device, against what its manifest has of it. No standard names the
 * methods of a mobile network, so what is denied counts first; what is allowed counts where a manifest lists it.
 * @param amr as the operator's id_token states it; empty when it states none
 * @throws AccessDenied
 */
export function requireMobileAuthentication(amr: readonly string[], policy: Policy): void {
  const methods = amr.map((method) => method.toLowerCase());
  const { amrDenied, amrAllowed } = policy;
  const refused = methods.some((method) => amrDenied.includes(method));
  const allowed = amrAllowed === undefined || methods.every((method) => amrAllowed.includes(method));
  if (refused || !allowed) throw new errors.AccessDenied('not_authenticated_by_mobile_network');
  if (methods.length === 0 && policy.amr === 'required') {
    throw new errors.AccessDenied('authentication_method_unknown');
  }
}
