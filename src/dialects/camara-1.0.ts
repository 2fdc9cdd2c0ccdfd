import { camara, COLON_SCOPES } from './camara.js';
import { AUTHENTICATION_REQUIRED, PREFIXED_TOKEN_CONTEXT } from './refusal.js';

/**
 * Number Verification 1.0.0 (r1.2, r1.3, Commonalities 0.4). Its release candidate says INVALID_TOKEN_CONTEXT
 * with and without prefix; operators do either.
 */
export const camara10 = camara({
  name: 'camara-1.0',
  scopes: COLON_SCOPES,
  correlator: 'any',
  codes: {
    ...PREFIXED_TOKEN_CONTEXT,
    ...AUTHENTICATION_REQUIRED,
    '403 INVALID_TOKEN_CONTEXT': 'tokenWithoutNumber',
    '404 DEVICE_NOT_FOUND': 'identifierNotFound',
    '422 DEVICE_NOT_APPLICABLE': 'notApplicable',
    '422 UNIDENTIFIABLE_DEVICE': 'tokenWithoutNumber',
  },
});
