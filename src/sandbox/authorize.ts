import { FastifyReply, FastifyRequest } from 'fastify';
import { isSignInFault } from './magic.js';
import { Registered, Site } from './site.js';
import { readScope } from './scope-form.js';

const CODE_TTL_SECONDS = 60;
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/** RFC 6749 4.1.2.1: an error for the redirect. */
interface Refusal {
  error: string;
  description: string;
}
const refusal = (error: string, description: string): Refusal => ({ error, description });

/**
 * GET /authorize (OIDC Core 3.1.2, ICM network-based authentication): the device is who its source address
 * says it is. Answers 302 with code and state, and `iss` where the dialect's systems send it (RFC 9207).
 */
export function authorize(site: Site) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const query = new URL(request.raw.url ?? '/', 'http://sandbox').searchParams;
    const client = site.client(query.get('client_id') ?? '');
    if (!client || query.get('redirect_uri') !== client.redirectUri) {
      // Profile, appendix A: never redirect to an address nobody registered.
      return reply.code(400).type('text/plain').send('unknown client or redirect_uri');
    }
    const subscriber = site.network.at(request.ip);
    const fault = isSignInFault(subscriber?.fault) ? subscriber.fault.act : undefined;
    if (fault?.at === 'authorize' && 'hangs' in fault) return reply.hijack();
    const scopes = readScope(query.get('scope') ?? '', site.operator);
    const refused =
      refuseRequest(query, site) ??
      (scopes
        ? undefined
        : refusal('invalid_scope', 'not in the form or with the scopes of this operator')) ??
      (subscriber ? undefined : refusal('access_denied', 'not a device of this network')) ??
      (fault?.at === 'authorize' ? refusal(fault.error, 'magic device') : undefined);
    if (refused) {
      return back(reply, site, client, query, {
        error: refused.error,
        error_description: refused.description,
      });
    }
    const code = site.codes.issue(
      {
        clientId: query.get('client_id')!,
        redirectUri: client.redirectUri,
        scope: query.get('scope')!,
        scopes: scopes!,
        amr: ['nba'],
        nonce: query.get('nonce') ?? undefined,
        codeChallenge: query.get('code_challenge') ?? undefined,
        phoneNumber: subscriber!.phoneNumber,
        fault: subscriber!.fault,
      },
      CODE_TTL_SECONDS,
    );
    return back(reply, site, client, query, { code }, fault?.at === 'redirect');
  };
}

function refuseRequest(query: URLSearchParams, { operator: { auth } }: Site): Refusal | undefined {
  const repeated = [...query.keys()].length !== new Set(query.keys()).size;
  if (repeated) return refusal('invalid_request', 'a parameter is repeated');
  if (query.get('response_type') !== 'code') return refusal('unsupported_response_type', 'only code');
  if (auth.pkce) {
    const s256 =
      query.get('code_challenge_method') === 'S256' && CHALLENGE.test(query.get('code_challenge') ?? '');
    if (!s256) return refusal('invalid_request', 'PKCE with S256 is required');
  }
  if (auth.nonce && !query.get('nonce')) return refusal('invalid_request', 'nonce is required');
  if (auth.promptNone && query.get('prompt') !== 'none') {
    return refusal('interaction_required', 'only prompt=none is served, there is no page to show');
  }
  return undefined;
}

function back(
  reply: FastifyReply,
  site: Site,
  client: Registered,
  query: URLSearchParams,
  answer: Record<string, string>,
  foreignIssuer = false,
): FastifyReply {
  const url = new URL(client.redirectUri);
  const state = query.get('state');
  const iss = foreignIssuer ? 'https://operator.invalid' : site.issuer();
  const params = {
    ...answer,
    ...(state === null ? {} : { state }),
    ...(site.habits.issOnRedirect ? { iss } : {}),
  };
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return reply.header('cache-control', 'no-store').redirect(url.href, 302);
}
