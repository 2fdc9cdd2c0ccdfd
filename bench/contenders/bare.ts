import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { Contender, ContenderGround } from '../contender.js';
import { OPAQUE_BEARER, UPSTREAM_PATH } from '../wire.js';

/** What Node itself costs: node:http in, undici out, nothing between. The floor for all the others. */
export async function startBare({ stubUrl }: ContenderGround): Promise<Contender> {
  const pool = new Pool(stubUrl, { connections: 64 });
  const server = createServer((request, response) => {
    forward(pool, request, response).catch((error: unknown) => {
      response.writeHead(502).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    bearers: () => [OPAQUE_BEARER],
    close: async () => {
      server.close();
      await pool.destroy();
    },
  };
}

async function forward(pool: Pool, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await collect(request);
  const answer = await pool.request({
    method: 'POST',
    path: UPSTREAM_PATH,
    headers: {
      'content-type': request.headers['content-type'],
      authorization: request.headers.authorization,
    },
    body,
  });
  const text = await answer.body.text();
  response.writeHead(answer.statusCode, {
    'content-type': String(answer.headers['content-type']),
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function collect(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on('error', reject);
  });
}
