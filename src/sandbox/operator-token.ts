import { FastifyReply, FastifyRequest } from 'fastify';
import { sendJson } from './send.js';
import { Site } from './site.js';

const TTL_SECONDS = 120;

/**
 * POST /operator-token: what a phone gets from its operator's entitlement server (GSMA TS.43, which leaves the
 * token's form to the operator), without the SIM's part in it: the device is its source address. The token is
 * opaque, good once, for 120 s, and stands for the device's number, also on Wi-Fi.
 */
export function operatorToken(site: Site) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    void reply.header('cache-control', 'no-store');
    const subscriber = site.network.at(request.ip);
    if (!subscriber) return sendJson(reply, { error: 'unknown_device' }, 403);
    return sendJson(reply, { operatorToken: site.operatorTokens.issue(subscriber, TTL_SECONDS) });
  };
}
