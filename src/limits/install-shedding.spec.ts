import { once } from 'node:events';
import { AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FastifyInstance, fastify } from 'fastify';
import { CallLog } from '../telemetry/call-log.js';
import { createLogger } from '../telemetry/logger.js';
import { installHttp } from '../http/install-http.js';
import { sendProblem } from '../http/send-problem.js';
import { Problem } from '../contract/problem.js';
import { Metrics } from '../telemetry/metrics.js';
import { installShedding } from './install-shedding.js';
import { Shedding } from './shedding.js';

const MOST = 16;

let server: FastifyInstance;
let shedding: Shedding;
/** Lets every request that is being worked on end. */
let release: () => void;
let url: string;

beforeEach(async () => {
  const metrics = new Metrics();
  shedding = new Shedding(metrics, MOST);
  let held: (() => void)[] = [];
  const work = (): Promise<string> => new Promise((resolve) => held.push(() => resolve('done')));
  release = () => {
    for (const end of held) end();
    held = [];
  };
  server = fastify();
  installHttp(server, metrics, new CallLog(createLogger('silent')));
  installShedding(server, shedding, {
    finish: ['/verify', '/token'],
    start: ['/authorize'],
    oauth: ['/token', '/authorize'],
    never: ['/up'],
  });
  server.setErrorHandler((error, _request, reply) => {
    if (error instanceof Problem) sendProblem(reply, error);
    else void reply.code(500).send();
  });
  for (const path of ['/verify', '/token', '/authorize', '/admin', '/up']) {
    server.route({ method: ['GET', 'POST'], url: path, handler: work });
  }
  server.get('/taken-over', (_request, reply) => {
    reply.hijack();
    reply.raw.end('by a library');
  });
  url = await server.listen({ port: 0, host: '127.0.0.1' });
});

afterEach(async () => {
  release();
  shedding.stop();
  await server.close();
});

/** Occupies so many seats with requests that stay until `release`. */
async function occupy(count: number): Promise<Promise<Response>[]> {
  const answers = Array.from({ length: count }, () => fetch(`${url}/verify`));
  await until(() => inFlight() === count);
  return answers;
}

const inFlight = (): number => (shedding as unknown as { inFlight: number }).inFlight;

async function until(holds: () => boolean): Promise<void> {
  const endsAt = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > endsAt) throw new Error('did not come true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('what is too much', () => {
  test('is refused by what it is, in its own shape, and what was begun goes on', async () => {
    const held = await occupy(12);
    const admin = await fetch(`${url}/admin`);
    expect({ status: admin.status, body: await admin.json() }).toEqual({
      status: 503,
      body: { status: 503, code: 'UNAVAILABLE', message: 'Service Unavailable.' },
    });
    const authorize = await fetch(`${url}/authorize`);
    expect({ status: authorize.status, body: await authorize.json() }).toEqual({
      status: 503,
      body: { error: 'temporarily_unavailable' },
    });
    for (const answer of [admin, authorize]) {
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('x-correlator')).toBeTruthy();
      expect(answer.headers.get('content-type')).toBe('application/json');
    }
    const more = await occupyMore(4);
    expect((await fetch(`${url}/token`, { method: 'POST' })).status).toBe(503);
    release();
    for (const answer of [...held, ...more]) expect((await answer).status).toBe(200);
    await until(() => inFlight() === 0);
  });

  test('is never what is exempt', async () => {
    const held = await occupy(MOST);
    const up = fetch(`${url}/up`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    release();
    expect((await up).status).toBe(200);
    await Promise.all(held);
  });
});

const occupyMore = async (count: number): Promise<Promise<Response>[]> => {
  const before = inFlight();
  const answers = Array.from({ length: count }, () => fetch(`${url}/verify`));
  await until(() => inFlight() === before + count);
  return answers;
};

describe('a seat', () => {
  test('is freed when the caller hangs up', async () => {
    const controller = new AbortController();
    const gone = fetch(`${url}/verify`, { signal: controller.signal }).catch(() => 'gone');
    await until(() => inFlight() === 1);
    controller.abort();
    expect(await gone).toBe('gone');
    await until(() => inFlight() === 0);
  });

  test('is freed by an answer that a library writes', async () => {
    expect(await (await fetch(`${url}/taken-over`)).text()).toBe('by a library');
    await until(() => inFlight() === 0);
  });

  test('is not taken by who sends a body slowly', async () => {
    const { port } = server.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /verify HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(inFlight()).toBe(0);
    socket.write('second');
    await until(() => inFlight() === 1);
    socket.destroy();
    await until(() => inFlight() === 0);
  });
});
