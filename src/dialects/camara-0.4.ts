import { camara, COLON_SCOPES } from './camara.js';
import { PREFIXED_TOKEN_CONTEXT } from './refusal.js';

/** Number Verification 0.4.0-wip (main, January to April 2024), never released but in the field at Orange. */
export const camara04 = camara({
  name: 'camara-0.4',
  scopes: COLON_SCOPES,
  // Commonalities 0.2, X-Correlator: a UUID of at most 36 characters.
  correlator: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  codes: PREFIXED_TOKEN_CONTEXT,
});
