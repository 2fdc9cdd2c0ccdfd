import { createHash, createHmac, randomBytes } from 'node:crypto';
import { FastifyReply, FastifyRequest } from 'fastify';
import { SignJWT } from 'jose';
import { ClientAuthentication } from './client-authentication.js';
import { vonageProblem } from './error-bodies.js';
import { SignInAct } from './faults.js';
import { OperatorKey } from './operator-key.js';
import { isSignInFault } from './magic.js';
import { send, sendJson } from './send.js';
import { Site } from './site.js';
import { Session } from './tokens.js';

const PAIRWISE_SALT = randomBytes(32);
const ID_TOKEN_TTL_SECONDS = 300;

/** POST /token, authorization code only (RFC 6749 4.1.3, RFC 7636): real client authentication, codes good once. */
export function token(site: Site, authenticate: ClientAuthentication, key: OperatorKey) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    void reply.header('cache-control', 'no-store');
    const form = new URLSearchParams(Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '');
    const clientId = await authenticate({ authorization: request.headers.authorization, form });
    if (clientId === undefined || !site.client(clientId)) return refuse(reply, site, 401, 'invalid_client');
    if (form.get('grant_type') !== 'authorization_code')
      return refuse(reply, site, 400, 'unsupported_grant_type');
    const session = site.codes.spend(form.get('code') ?? undefined);
    if (!session || session.clientId !== clientId || !fits(session, form, site)) {
      return refuse(reply, site, 400, 'invalid_grant');
    }
    const fault = isSignInFault(session.fault) ? session.fault.act : undefined;
    if (fault?.at === 'token') {
      if ('hangs' in fault) return reply.hijack();
      if ('status' in fault) return refuse(reply, site, fault.status, fault.error ?? 'server_error');
    }
    return sendJson(reply, await grant(site, session, fault, key));
  };
}

/** Whether the code is redeemed the way it was asked for. */
function fits(session: Session, form: URLSearchParams, { operator: { auth } }: Site): boolean {
  const redirectUri = auth.redirectUriInTokenCall ? session.redirectUri : null;
  if (form.get('redirect_uri') !== redirectUri) return false;
  if (!auth.pkce) return true;
  const verifier = form.get('code_verifier') ?? '';
  return createHash('sha256').update(verifier).digest('base64url') === session.codeChallenge;
}

async function grant(
  site: Site,
  session: Session,
  fault: SignInAct | undefined,
  key: OperatorKey,
): Promise<Record<string, unknown>> {
  const { habits, operator } = site;
  const ttl = fault?.at === 'token' && 'ttlSeconds' in fault ? fault.ttlSeconds : habits.ttlSeconds;
  const withoutToken = fault?.at === 'token' && 'withoutAccessToken' in fault;
  return {
    ...(withoutToken ? {} : { access_token: site.tokens.issue(session, ttl) }),
    token_type: habits.tokenType,
    expires_in: habits.expiresInAsString ? String(ttl) : ttl,
    // Number Verification forbids refresh tokens; one is sent where the real system does, and must be dropped.
    ...(habits.refreshToken
      ? { refresh_token: randomBytes(24).toString('base64url') }
      : { scope: session.scope }),
    ...(habits.idToken && operator.auth.idToken
      ? { id_token: await idToken(site, session, fault, key) }
      : {}),
  };
}

async function idToken(
  site: Site,
  session: Session,
  fault: SignInAct | undefined,
  key: OperatorKey,
): Promise<string> {
  const act = fault?.at === 'id_token' ? fault : undefined;
  const foreign = act && 'foreign' in act ? act.foreign : undefined;
  const now = Math.floor(site.clock() / 1000);
  const nonce = foreign === 'nonce' ? randomBytes(16).toString('base64url') : session.nonce;
  const amr = act && 'amr' in act ? act.amr : ['nba'];
  return new SignJWT({ ...(nonce === undefined ? {} : { nonce }), amr })
    .setProtectedHeader({ alg: 'ES256', kid: key.kid })
    .setIssuer(site.issuer())
    .setAudience(session.clientId)
    .setSubject(pairwise(session))
    .setIssuedAt(now)
    .setExpirationTime(now + ID_TOKEN_TTL_SECONDS)
    .sign(foreign === 'key' ? key.foreign : key.privateKey);
}

/** ICM: the subject must not be, or lead to, the phone number. */
function pairwise({ clientId, phoneNumber }: Session): string {
  return createHmac('sha256', PAIRWISE_SALT).update(`${clientId} ${phoneNumber}`).digest('base64url');
}

const VONAGE_TEXTS: Record<string, [slug: string, title: string, detail: string]> = {
  invalid_client: ['unauthorized', 'Invalid credentials supplied', 'You did not provide correct credentials'],
  server_error: ['internal', 'Internal error', 'Simulated'],
};

function refuse(reply: FastifyReply, site: Site, status: number, error: string): FastifyReply {
  if (site.habits.era !== 'vonage') {
    return sendJson(reply, { error, error_description: 'sandbox' }, status);
  }
  const [slug, title, detail] = VONAGE_TEXTS[error] ?? ['invalid-params', 'Invalid params', error];
  const problem = vonageProblem(status, slug, title, detail);
  return send(reply, status, problem.contentType, problem.body);
}
