import { Grant } from '../contract/grant.js';
import { Problem } from '../contract/problem.js';

/** Authentication methods that prove a person's knowledge or another channel, not the SIM (RFC 8176). */
const NOT_MOBILE: ReadonlySet<string> = new Set(['sms', 'otp', 'pwd', 'pin', 'kba']);

/**
 * The device must have been authenticated by network or SIM. A grant that says nothing of its methods passes:
 * the operator knows and enforces it.
 * @throws Problem notMobileNetwork (NV 2.1.1, 403)
 */
export function requireMobileAuthentication(grant: Grant): void {
  if (grant.amr.some((method) => NOT_MOBILE.has(method.toLowerCase()))) throw new Problem('notMobileNetwork');
}
