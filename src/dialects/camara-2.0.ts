import { camara, COLON_SCOPES } from './camara.js';
import { AUTHENTICATION_REQUIRED } from './refusal.js';

/** Number Verification 2.0.0 (r2.4) and the revoked 1.1.0 (r2.3), equal but for the URL. */
export const camara20 = camara({
  name: 'camara-2.0',
  scopes: COLON_SCOPES,
  // Commonalities 0.5, XCorrelator.
  correlator: /^[a-zA-Z0-9-]{0,55}$/,
  codes: AUTHENTICATION_REQUIRED,
});
