import { ALGORITHMS } from './assertions.js';
import { FastifyInstance } from 'fastify';
import { share, verify } from './api.js';
import { authorize } from './authorize.js';
import { bcAuthorize } from './bc-authorize.js';
import { grantTypesOf } from './grant-types.js';
import { createOperatorKey } from './operator-key.js';
import { operatorToken } from './operator-token.js';
import { sendJson } from './send.js';
import { Site } from './site.js';
import { Checks, token } from './token.js';

/** Serves one operator below its id: discovery, keys, sign-in, and the API below its own base path. */
export async function serveOperator(server: FastifyInstance, site: Site, checks: Checks): Promise<void> {
  const { operator } = site;
  const root = `/${operator.id}`;
  const key = await createOperatorKey();
  server.get(`${root}/.well-known/openid-configuration`, async (_request, reply) =>
    sendJson(reply, discovery(site)),
  );
  server.get(`${root}/jwks`, async (_request, reply) => sendJson(reply, key.jwks));
  server.get(`${root}/authorize`, authorize(site));
  server.post(`${root}/token`, token(site, checks, key));
  if (operator.auth.flows.includes('ciba')) {
    server.post(`${root}/bc-authorize`, bcAuthorize(site, checks.authenticate));
  }
  server.post(`${root}/operator-token`, operatorToken(site));
  server.post(`${root}${operator.basePath}/verify`, verify(site));
  if (operator.capabilities.share && operator.dialect.capabilities.share) {
    server.get(`${root}${operator.basePath}/device-phone-number`, share(site));
  }
  server.all(`${root}/elsewhere`, async (_request, reply) => {
    site.calls.countFollowed(operator.id);
    return sendJson(reply, { devicePhoneNumberVerified: true });
  });
}

/** OpenID Connect Discovery 1.0, 3. */
function discovery({ operator, habits, issuer }: Site): Record<string, unknown> {
  const { auth } = operator;
  const method = auth.client.method === 'application_jwt' ? undefined : auth.client.method;
  return {
    issuer: issuer(),
    authorization_endpoint: `${issuer()}/authorize`,
    token_endpoint: `${issuer()}/token`,
    jwks_uri: `${issuer()}/jwks`,
    response_types_supported: ['code'],
    grant_types_supported: grantTypesOf(operator),
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: method ? [method] : [],
    ...(method === 'private_key_jwt' ? { token_endpoint_auth_signing_alg_values_supported: ALGORITHMS } : {}),
    ...(auth.flows.includes('ciba')
      ? {
          backchannel_authentication_endpoint: `${issuer()}/bc-authorize`,
          backchannel_token_delivery_modes_supported: ['poll'],
          backchannel_user_code_parameter_supported: false,
        }
      : {}),
    ...(auth.pkce ? { code_challenge_methods_supported: ['S256'] } : {}),
    authorization_response_iss_parameter_supported: habits.issOnRedirect,
  };
}
