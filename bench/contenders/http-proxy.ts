import { AddressInfo } from 'node:net';
import httpProxy from '@fastify/http-proxy';
import { fastify } from 'fastify';
import { Contender, ContenderGround } from '../contender.js';
import { OPAQUE_BEARER, OPERATOR_ID } from '../wire.js';

/** @fastify/http-proxy as its README has it: no authentication, no record, no look into bodies. */
export async function startHttpProxy({ stubUrl }: ContenderGround): Promise<Contender> {
  const app = fastify();
  await app.register(httpProxy, {
    upstream: stubUrl,
    prefix: '/number-verification',
    rewritePrefix: `/${OPERATOR_ID}/number-verification`,
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    port: (app.server.address() as AddressInfo).port,
    bearers: () => [OPAQUE_BEARER],
    close: () => app.close(),
  };
}
