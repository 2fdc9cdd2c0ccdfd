import { createHmac, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { SignInAct } from './fault.js';
import { OperatorKey } from './operator-key.js';
import { Site } from './site.js';
import { Session } from './tokens.js';

const PAIRWISE_SALT = randomBytes(32);
const ID_TOKEN_TTL_SECONDS = 300;

/** The answer of /token (RFC 6749 5.1) with the habits of the dialect, spoilt as the device's row says. */
export async function tokenAnswer(
  site: Site,
  session: Session,
  act: SignInAct | undefined,
  key: OperatorKey,
): Promise<Record<string, unknown>> {
  const { habits, operator } = site;
  const ttl = act?.at === 'token' && 'ttlSeconds' in act ? act.ttlSeconds : habits.ttlSeconds;
  const idTokenDue = habits.idToken && operator.auth.idToken && session.scope.split(' ').includes('openid');
  return {
    access_token: site.tokens.issue(session, ttl),
    token_type: habits.tokenType,
    expires_in: habits.expiresInAsString ? String(ttl) : ttl,
    // Number Verification forbids refresh tokens; one is sent where the real system does, and must be dropped.
    ...(habits.refreshToken
      ? { refresh_token: randomBytes(24).toString('base64url') }
      : { scope: session.scope }),
    ...(idTokenDue ? { id_token: await idToken(site, session, act, key) } : {}),
    ...(act?.at === 'token' && 'spoils' in act ? act.spoils : {}),
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
  const amr = act && 'amr' in act ? act.amr : session.amr;
  return new SignJWT({ ...(nonce === undefined ? {} : { nonce }), ...(amr ? { amr } : {}) })
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
