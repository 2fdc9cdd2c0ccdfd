import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { camara } from './camara.js';
import { PREFIXED_TOKEN_CONTEXT } from './refusal.js';

/** Number Verification 0.3.1 (tag v0.3.1, 2023-11); also what is left of 0.1 and 0.2, whose code it keeps. */
export const camara03 = camara({
  name: 'camara-0.3',
  scopes: {
    [VERIFY_SCOPE]: 'number-verification-verify-read',
    [SHARE_SCOPE]: 'number-verification-share-read',
  },
  correlator: 'any',
  codes: {
    ...PREFIXED_TOKEN_CONTEXT,
    '403 NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_IP': 'notMobileNetwork',
  },
});
