import { camara, COLON_SCOPES } from './camara.js';
import { PREFIXED_TOKEN_CONTEXT } from './refusal.js';

/** Number Verification 2.1.0 (r3.2) and 2.1.1 (r4.2): what the gateway itself speaks to its callers. */
export const camara21 = camara({
  name: 'camara-2.1',
  scopes: COLON_SCOPES,
  // Its pattern is the one our own callers are held to.
  correlator: 'any',
  codes: {
    // Not in the standard any more; Telefónica's 2.1.0 keeps the one and has renamed the other.
    ...PREFIXED_TOKEN_CONTEXT,
    '403 NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_SUPPORTED_METHOD': 'notMobileNetwork',
  },
});
