import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { SecretsAllowed } from './client-secrets.js';
import { GRANT_TYPES } from './orders.js';
import { SIGNING_ALGORITHMS } from './signing-algorithms.js';

/** What the library fills in and is true of us. */
const AS_THE_LIBRARY_SAYS = [
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'response_types_supported',
  'id_token_signing_alg_values_supported',
  'token_endpoint_auth_signing_alg_values_supported',
  'backchannel_authentication_endpoint',
  'backchannel_token_delivery_modes_supported',
  'code_challenge_methods_supported',
  'authorization_response_iss_parameter_supported',
  'claims_parameter_supported',
] as const;

/**
 * OpenID Connect Discovery §3, with nothing in it that we do not offer.
 * @param secrets the profile knows none (ICM r4.2, "Client Authentication"): they are spoken of where they open
 *   more than simulated operators
 */
export function publishOnlyWhatWeOffer(
  document: Readonly<Record<string, unknown>>,
  secrets: SecretsAllowed,
): Record<string, unknown> {
  return {
    ...Object.fromEntries(AS_THE_LIBRARY_SAYS.map((name) => [name, document[name]])),
    scopes_supported: ['openid', VERIFY_SCOPE, SHARE_SCOPE],
    grant_types_supported: GRANT_TYPES,
    response_modes_supported: ['query'],
    token_endpoint_auth_methods_supported: [
      'private_key_jwt',
      ...(secrets === 'on' ? ['client_secret_basic', 'client_secret_post'] : []),
    ],
    subject_types_supported: ['pairwise'],
    backchannel_authentication_request_signing_alg_values_supported: SIGNING_ALGORITHMS,
    request_parameter_supported: true,
    request_object_signing_alg_values_supported: SIGNING_ALGORITHMS,
    // Its default is true (OpenID Connect Discovery §3).
    request_uri_parameter_supported: false,
  };
}
