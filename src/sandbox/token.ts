import { createHash } from 'node:crypto';
import { FastifyReply, FastifyRequest } from 'fastify';
import { ClientAuthentication } from './client-authentication.js';
import { readForm } from './form.js';
import { flowOf } from './grant-types.js';
import { AssertionGrant } from './jwt-bearer.js';
import { isSignInFault } from './magic.js';
import { refuse } from './oauth-refusals.js';
import { OperatorKey } from './operator-key.js';
import { sendJson } from './send.js';
import { CodeSession, Site } from './site.js';
import { tokenAnswer } from './token-answer.js';
import { Session } from './tokens.js';

/** How one operator knows who asks. */
export interface Checks {
  readonly authenticate: ClientAuthentication;
  readonly assertionGrant: AssertionGrant;
}

/** POST /token: each flow of the manifest, with real client authentication; everything good once. */
export function token(site: Site, checks: Checks, key: OperatorKey) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    void reply.header('cache-control', 'no-store');
    site.calls.count(site.operator.id, 'token');
    const session = await redeem(request, site, checks);
    if (typeof session === 'string') return refuse(reply, site, session);
    const act = isSignInFault(session.fault) ? session.fault.act : undefined;
    if (act?.at === 'token') {
      if ('hangs' in act) return reply.hijack();
      if ('status' in act) return refuse(reply, site, act.error ?? 'server_error', act.status);
    }
    return sendJson(reply, await tokenAnswer(site, session, act, key));
  };
}

/** @returns what was proven, or the OAuth error */
async function redeem(request: FastifyRequest, site: Site, checks: Checks): Promise<Session | string> {
  const form = readForm(request);
  if (!form) return 'invalid_request';
  const flow = flowOf(form.get('grant_type'), site.operator);
  if (flow === 'jwt_bearer') return checks.assertionGrant(form, site);
  const { authorization } = request.headers;
  const endpoint = `${site.issuer()}/token`;
  const clientId = await checks.authenticate({ endpoint, authorization, form });
  if (clientId === undefined || !site.client(clientId)) return 'invalid_client';
  if (flow === 'ciba') return site.backchannel.poll(form.get('auth_req_id') ?? '', clientId);
  // Refreshing is nobody's flow: NV 2.1.1 knows no refresh tokens.
  if (flow !== 'authorization_code') return 'unsupported_grant_type';
  const session = site.codes.spend(form.get('code') ?? undefined);
  return session?.clientId === clientId && fits(session, form, site) ? session : 'invalid_grant';
}

/** Whether the code is redeemed the way it was asked for (RFC 6749 4.1.3, RFC 7636 4.6). */
function fits(session: CodeSession, form: URLSearchParams, { operator: { auth } }: Site): boolean {
  const redirectUri = auth.redirectUriInTokenCall ? session.redirectUri : null;
  if (form.get('redirect_uri') !== redirectUri) return false;
  if (!auth.pkce) return true;
  const verifier = form.get('code_verifier') ?? '';
  return createHash('sha256').update(verifier).digest('base64url') === session.codeChallenge;
}
