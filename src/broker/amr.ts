import { errors } from 'oidc-provider';

/**
 * Ways of authentication that say nothing of the device's network (RFC 8176); Number Verification excludes
 * passwords and one-time codes by name (NV 2.1.1).
 */
const DENIED: ReadonlySet<string> = new Set(['sms', 'otp', 'pwd', 'pin', 'kba']);

/**
 * @param amr as the operator's id_token states it; empty when it states none
 * @param policy of the operator's manifest
 * @throws AccessDenied
 */
export function requireMobileAuthentication(
  amr: readonly string[],
  policy: 'required' | 'unavailable',
): void {
  if (amr.some((method) => DENIED.has(method.toLowerCase()))) {
    throw new errors.AccessDenied('not_authenticated_by_mobile_network');
  }
  if (amr.length === 0 && policy === 'required') {
    throw new errors.AccessDenied('authentication_method_unknown');
  }
}
