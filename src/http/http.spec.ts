import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Controller, Get, HttpCode, Module, Post, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../contract/problem.js';
import { CallLog } from '../telemetry/call-log.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { sendRaw } from '../../test/support/raw-http.js';
import { fastifyOptions } from './fastify-options.js';
import { HttpModule } from './http.module.js';
import { installHttp } from './install-http.js';

@Controller()
class Echo {
  @Post('echo')
  @HttpCode(200)
  echo(@Req() request: FastifyRequest): unknown {
    const body = request.body as Buffer | undefined;
    return { bytes: body?.length ?? 0, authorization: request.headers.authorization ?? null };
  }

  @Get('things/:id')
  thing(): unknown {
    return {};
  }

  @Get('limited')
  limited(): never {
    throw new Problem('rateLimited', { retryAfterSeconds: 1.2 });
  }

  @Get('unavailable')
  unavailable(): never {
    throw new Problem('operatorDisabled');
  }

  @Get('bug')
  bug(): never {
    throw new TypeError('cannot read +99003100001');
  }

  @Get('taken-over')
  takenOver(@Res() reply: FastifyReply): never {
    reply.hijack();
    reply.raw.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_request"}');
    throw new Problem('internal');
  }
}

let app: NestFastifyApplication;
let url: string;
const metrics = new Metrics();
/** Complaints of the server. */
const complaints: string[] = [];
const logger = createLogger('error', undefined, (line) => complaints.push(line) > 0);

@Module({
  imports: [HttpModule, TelemetryModule.forRoot(logger, metrics)],
  controllers: [Echo],
})
class TestModule {}

beforeAll(async () => {
  app = await NestFactory.create<NestFastifyApplication>(TestModule, new FastifyAdapter(fastifyOptions()), {
    bodyParser: false,
    logger: false,
  });
  installHttp(app.getHttpAdapter().getInstance(), metrics, app.get(CallLog));
  await app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(app.getHttpServer().address() as { port: number }).port}`;
});

afterAll(() => app.close());

/** Sends bytes as they are. */
const raw = (text: string): Promise<string> => sendRaw(url, text);

async function expectErrorInfo(answer: Response, status: number, code: string): Promise<void> {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('x-correlator')).toMatch(/./);
  expect(await answer.json()).toEqual({ status, code, message: expect.any(String) });
}

describe('routes', () => {
  test('an unknown path is 404', async () => {
    await expectErrorInfo(await fetch(`${url}/nothing?x=/echo`), 404, 'NOT_FOUND');
  });

  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    '%s on a POST route is 405 with Allow',
    async (method) => {
      const answer = await fetch(`${url}/echo`, { method });
      await expectErrorInfo(answer, 405, 'METHOD_NOT_ALLOWED');
      expect(answer.headers.get('allow')).toBe('POST');
    },
  );

  test('HEAD is not made from GET: it is 405', async () => {
    const answer = await fetch(`${url}/things/1`, { method: 'HEAD' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET');
  });

  test('a method only WebDAV knows, and TRACE, are 405 on a known path', async () => {
    for (const method of ['PROPFIND', 'TRACE']) {
      const answer = await raw(`${method} /things/1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 405 /);
      expect(answer).toContain('"METHOD_NOT_ALLOWED"');
    }
  });

  test('a path that cannot be decoded is 400', async () => {
    const answer = await raw('GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('content-type: application/json\r\n');
    expect(answer).toMatch(/x-correlator: [0-9a-f-]{36}\r\n/);
    expect(answer).toContain('"code":"INVALID_ARGUMENT"');
  });
});

describe('bodies', () => {
  test.each([undefined, 'application/json', 'text/plain', 'nonsense', 'application/x-www-form-urlencoded'])(
    'a body of type %s reaches the route unread',
    async (type) => {
      const answer = await fetch(`${url}/echo`, {
        method: 'POST',
        body: Buffer.from('{"a":'),
        headers: type === undefined ? {} : { 'content-type': type },
      });
      expect(await answer.json()).toMatchObject({ bytes: 5 });
    },
  );

  test('a body over 4 KiB is 413, announced or not', async () => {
    const body = 'x'.repeat(4097);
    await expectErrorInfo(await fetch(`${url}/echo`, { method: 'POST', body }), 413, 'INVALID_ARGUMENT');
    const answer = await raw(
      `POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1001\r\n${body}\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe('headers', () => {
  test('two Authorization headers arrive as one that is no token', async () => {
    const answer = await raw(
      'POST /echo HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\nauthorization: Bearer b\r\n' +
        'content-length: 0\r\nconnection: close\r\n\r\n',
    );
    expect(answer).toContain('"authorization":"Bearer a, Bearer b"');
  });

  test('more than 8 KiB of headers are 431, and so are more than 100', async () => {
    const large = await raw(`GET /things/1 HTTP/1.1\r\nhost: x\r\na: ${'a'.repeat(9000)}\r\n\r\n`);
    const many = await raw(
      `GET /things/1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${'a: 1\r\n'.repeat(120)}\r\n`,
    );
    for (const answer of [large, many]) {
      expect(answer).toMatch(/^HTTP\/1.1 431 /);
      expect(answer).toContain('content-type: application/json\r\n');
      expect(answer).toContain('"code":"INVALID_ARGUMENT"');
    }
  });

  test('bytes that are not HTTP are 400 and the end of the connection', async () => {
    const answer = await raw('hello\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer.split('\r\n\r\n')[1]).toBe(
      JSON.stringify({
        status: 400,
        code: 'INVALID_ARGUMENT',
        message: 'Client specified an invalid argument, request body or query param.',
      }),
    );
  });

  test('C02: a body that never ends is 408 within eleven seconds, while others are served', async () => {
    const began = performance.now();
    const slow = raw('POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nhalf');
    expect((await fetch(`${url}/things/1`)).status).toBe(200);
    expect(await slow).toMatch(/^HTTP\/1.1 408 [^]*"code":"INVALID_ARGUMENT"/);
    expect(performance.now() - began).toBeLessThan(20_000);
  }, 30_000);

  test('headers that never end are 408 within six seconds', async () => {
    const started = Date.now();
    expect(await raw('GET /things/1 HTTP/1.1\r\nhost: x\r\n')).toMatch(/^HTTP\/1.1 408 /);
    expect(Date.now() - started).toBeLessThan(7000);
  });
});

/** @returns the x-correlator of an answer to a request with this one */
async function correlator(value?: string): Promise<string | null> {
  const headers: Record<string, string> = value === undefined ? {} : { 'x-correlator': value };
  return (await fetch(`${url}/things/1`, { headers })).headers.get('x-correlator');
}

describe('x-correlator', () => {
  test.each(['a', 'b4333c46-49c0-4f62-80d7-f0ef930f1c46', 'a:b;c.d/e<f>{g}-_', 'x'.repeat(256)])(
    'a valid one is echoed: %s',
    async (value) => {
      expect(await correlator(value)).toBe(value);
    },
  );

  test.each([undefined, '', 'a b', 'x'.repeat(257), 'é', 'a,b'])(
    'anything else gets a fresh one: %s',
    async (value) => {
      expect(await correlator(value)).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    },
  );
});

describe('errors', () => {
  test('Retry-After is whole seconds, and every 503 has one', async () => {
    const limited = await fetch(`${url}/limited`);
    expect(limited.headers.get('retry-after')).toBe('2');
    await expectErrorInfo(limited, 429, 'TOO_MANY_REQUESTS');
    const unavailable = await fetch(`${url}/unavailable`);
    expect(Number(unavailable.headers.get('retry-after'))).toBeGreaterThan(0);
    await expectErrorInfo(unavailable, 503, 'UNAVAILABLE');
  });

  test('a caller who hangs up within its body is no error of ours', async () => {
    const before = complaints.length;
    const gone = async (): Promise<number> =>
      Number(/^nvgw_http_client_gone_total\{plane="other"\} (\d+)/m.exec(await metrics.render())?.[1]);
    const goneBefore = await gone();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{',
    );
    await sleep(50);
    socket.destroy();
    const until = Date.now() + 5_000;
    while ((await gone()) === goneBefore && Date.now() < until) await sleep(20);
    expect(await gone()).toBe(goneBefore + 1);
    await sleep(50);
    expect(await metrics.render()).not.toMatch(/route="\/echo",method="POST",code="500"/);
    expect(complaints.slice(before)).toEqual([]);
  });

  test('a bug of ours is a bare 500', async () => {
    await expectErrorInfo(await fetch(`${url}/bug`), 500, 'INTERNAL');
  });

  test('an answer somebody else has taken over is left alone', async () => {
    const answer = await fetch(`${url}/taken-over`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: 'invalid_request' });
    expect(answer.headers.get('x-correlator')).toBeNull();
  });
});

test('answers are counted by route template, whose fault a 5xx was included', async () => {
  await fetch(`${url}/things/12345`);
  await fetch(`${url}/unavailable`);
  const page = await metrics.render();
  expect(page).toMatch(/http_requests_total\{[^}]*route="\/things\/:id"[^}]*outcome_class="success"/);
  expect(page).toMatch(/http_requests_total\{[^}]*route="\/unavailable"[^}]*outcome_class="operator_error"/);
  expect(page).not.toContain('12345');
});
