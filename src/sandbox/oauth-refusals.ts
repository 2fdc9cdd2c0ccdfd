import { FastifyReply } from 'fastify';
import { vonageProblem } from './error-bodies.js';
import { send, sendJson } from './send.js';
import { Site } from './site.js';

/** Of Vonage's platform: what an OAuth error is there. */
const VONAGE_TEXTS: Record<string, [slug: string, title: string, detail: string]> = {
  invalid_client: ['unauthorized', 'Invalid credentials supplied', 'You did not provide correct credentials'],
  access_denied: ['forbidden', 'Forbidden', 'The application may not do this'],
  unknown_user_id: ['not-found', 'Not found', 'Application or number not found on this network'],
  server_error: ['internal', 'Internal error', 'Simulated'],
};

/** RFC 6749 5.2, CIBA Core 13: 401 for the client, 403 for the user, 400 for the rest. */
const STATUSES: Record<string, number> = { invalid_client: 401, access_denied: 403, server_error: 500 };

/**
 * Refuses at /bc-authorize or /token in the operator's own shape.
 * @param status where it is not the usual one of the error
 */
export function refuse(
  reply: FastifyReply,
  { habits }: Pick<Site, 'habits'>,
  error: string,
  status = STATUSES[error] ?? 400,
): FastifyReply {
  if (habits.authErrors === 'oauth') return sendJson(reply, { error, error_description: 'sandbox' }, status);
  if (habits.authErrors === 'numbered') return sendJson(reply, { code: status, message: error }, status);
  const [slug, title, detail] = VONAGE_TEXTS[error] ?? ['invalid-params', 'Invalid params', error];
  // A number of another network and a misconfigured application are one there: 404.
  const problem = vonageProblem(error === 'unknown_user_id' ? 404 : status, slug, title, detail);
  return send(reply, problem.status, problem.contentType, problem.body);
}
