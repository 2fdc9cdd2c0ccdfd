import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { camara } from './camara.js';
import { PREFIXED_TOKEN_CONTEXT } from './refusal.js';

/** Vonage Number Verification v031: CAMARA 0.3.1 without share and without a correlator. */
export const vonage031 = camara({
  name: 'vonage-v031',
  scopes: { [VERIFY_SCOPE]: 'number-verification-verify-read', [SHARE_SCOPE]: undefined },
  correlator: 'none',
  codes: PREFIXED_TOKEN_CONTEXT,
});
