import { FastifyReply, FastifyRequest } from 'fastify';
import { ClientAuthentication } from './client-authentication.js';
import { readForm } from './form.js';
import { readLoginHint } from './login-hint.js';
import { isSignInFault } from './magic.js';
import { refuse } from './oauth-refusals.js';
import { readScope } from './scope-form.js';
import { sendJson } from './send.js';
import { Site } from './site.js';

const TTL_SECONDS = 120;
const INTERVAL_SECONDS = 2;
/** CIBA Core 7.3: what a missing interval means. */
const DEFAULT_INTERVAL_SECONDS = 5;

/** POST /bc-authorize (OpenID CIBA Core 7.1, poll mode): whom the hint means is asked for, nobody is disturbed. */
export function bcAuthorize(site: Site, authenticate: ClientAuthentication) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    void reply.header('cache-control', 'no-store');
    site.calls.count(site.operator.id, 'bc-authorize');
    const form = readForm(request);
    if (!form) return refuse(reply, site, 'invalid_request');
    const { authorization } = request.headers;
    const endpoint = `${site.issuer()}/bc-authorize`;
    const clientId = await authenticate({ endpoint, authorization, form });
    if (clientId === undefined || !site.client(clientId)) return refuse(reply, site, 'invalid_client');
    // ICM r4.2: login_hint and no other hint.
    if (form.has('id_token_hint') || form.has('login_hint_token')) {
      return refuse(reply, site, 'invalid_request');
    }
    const scope = form.get('scope') ?? '';
    const scopes = readScope(scope, site.operator);
    if (!scopes) return refuse(reply, site, 'invalid_scope');
    const hinted = readLoginHint(form.get('login_hint'), site);
    if (typeof hinted === 'string') return refuse(reply, site, hinted);
    const { phoneNumber, fault } = hinted.subscriber;
    const act = isSignInFault(fault) && fault.act.at === 'bc-authorize' ? fault.act : undefined;
    if (act && 'hangs' in act) return reply.hijack();
    if (act && 'error' in act) return refuse(reply, site, act.error);
    const interval = act ? act.interval : INTERVAL_SECONDS;
    const session = { clientId, scope, scopes, amr: hinted.amr, phoneNumber, fault };
    // Nobody is made to wait for the years of an absurd interval.
    const heldTo = Math.min(interval ?? DEFAULT_INTERVAL_SECONDS, DEFAULT_INTERVAL_SECONDS);
    return sendJson(reply, {
      auth_req_id: site.backchannel.start(session, TTL_SECONDS, heldTo),
      expires_in: spelled(TTL_SECONDS, site),
      interval: interval === undefined ? undefined : spelled(interval, site),
    });
  };
}

const spelled = (value: number, { habits }: Site): number | string =>
  habits.cibaNumbersAsStrings ? String(value) : value;
