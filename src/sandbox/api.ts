import { FastifyReply, FastifyRequest } from 'fastify';
import { ApiScope, SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { matches, readAsk } from './ask.js';
import { errorAnswer, ErrorName } from './error-bodies.js';
import { answerFault } from './fault-answers.js';
import { faultOfNumber, isApiFault } from './magic.js';
import { send } from './send.js';
import { Site } from './site.js';
import { Session } from './tokens.js';

type Endpoint = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** POST {basePath}/verify in the operator's version; a magic number goes before the device. */
export function verify(site: Site): Endpoint {
  return async (request, reply) => {
    const session = open(site, request, VERIFY_SCOPE);
    if (typeof session === 'string') return refuse(site, reply, session);
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
      return refuse(site, reply, 'unsupportedMediaType');
    }
    const body = Buffer.isBuffer(request.body) ? request.body : undefined;
    const ask = readAsk(body, site.habits, site.operator);
    if (!ask || !correlate(site, request, reply)) return refuse(site, reply, 'invalidArgument');
    const asked = (ask.phoneNumber ?? ask.hashedPhoneNumber)!;
    const magic = faultOfNumber(asked, site.habits);
    const fault = magic ?? session.fault;
    const right = (): string =>
      JSON.stringify({
        devicePhoneNumberVerified:
          magic !== undefined || matches(ask, session.phoneNumber, site.habits, site.operator),
      });
    if (isApiFault(fault)) return answerFault(fault, { operation: 'verify', right }, site, reply);
    return send(reply, 200, site.habits.contentType, right());
  };
}

/** GET {basePath}/device-phone-number in the operator's version. */
export function share(site: Site): Endpoint {
  return async (request, reply) => {
    const session = open(site, request, SHARE_SCOPE);
    if (typeof session === 'string') return refuse(site, reply, session);
    if (!correlate(site, request, reply)) return refuse(site, reply, 'invalidArgument');
    const { shareWithoutPlus, contentType } = site.habits;
    const number = shareWithoutPlus ? session.phoneNumber.slice(1) : session.phoneNumber;
    const right = (): string => JSON.stringify({ devicePhoneNumber: number });
    const { fault } = session;
    if (isApiFault(fault)) return answerFault(fault, { operation: 'share', right }, site, reply);
    return send(reply, 200, contentType, right());
  };
}

/** Spends the access token, whatever comes after: NV 2.1.1, one token, one call. */
function open(site: Site, request: FastifyRequest, scope: ApiScope): Session | ErrorName {
  site.calls.count(site.operator.id, 'api');
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const session = site.tokens.spend(bearer);
  if (!session) return 'unauthenticated';
  return session.scopes.includes(site.operator.dialect.scopes[scope]!) ? session : 'permissionDenied';
}

/** Echoes `x-correlator` where the version declares it; false when it is not of that version's shape. */
function correlate({ habits }: Site, request: FastifyRequest, reply: FastifyReply): boolean {
  const value = request.headers['x-correlator'];
  if (habits.correlator === undefined || value === undefined) return true;
  if (typeof value !== 'string' || !habits.correlator.test(value)) return false;
  void reply.header('x-correlator', value);
  return true;
}

function refuse({ habits }: Site, reply: FastifyReply, name: ErrorName): FastifyReply {
  const refusal = errorAnswer(habits.era, name, habits.contentType);
  if (refusal.status === 401) void reply.header('www-authenticate', 'Bearer');
  return send(reply, refusal.status, refusal.contentType, refusal.body);
}
