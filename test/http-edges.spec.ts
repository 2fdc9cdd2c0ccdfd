import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sendRaw } from './support/raw-http.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { tokenFor } from './support/tokens.js';

let gateway: TestGateway;
let ip: string;
let phoneNumber: string;
/** A good token that no test of this file may spend; the last one proves that none did. */
let token: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  ({ ip, phoneNumber } = gateway.device('camara-2.1'));
  token = await tokenFor(gateway.sandbox, ip);
});

afterAll(() => gateway?.close());

const VERIFY = '/number-verification/v2/verify';
const SHARE = '/number-verification/v2/device-phone-number';

const verify = (body: string | Buffer | undefined, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${gateway.url}${VERIFY}`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  });

const share = (headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(`${gateway.url}${SHARE}`, { method, headers: { authorization: `Bearer ${token}`, ...headers } });

/** Sends bytes as they are. */
const raw = (text: string): Promise<string> => sendRaw(gateway.url, text);

async function expectErrorInfo(answer: Response, status: number, code: string): Promise<void> {
  expect({ status: answer.status, body: await answer.json() }).toEqual({
    status,
    body: { status, code, message: expect.any(String) },
  });
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('x-correlator')).toMatch(/^[0-9a-f-]{36}$/);
}

describe('a refused call leaves its token unspent:', () => {
  test('unknown path, near misses included', async () => {
    for (const path of [
      `${VERIFY}/`,
      '/number-verification/v1/verify',
      '/verify',
      '/number-verification/v2',
    ]) {
      const answer = await fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
      await expectErrorInfo(answer, 404, 'NOT_FOUND');
    }
  });

  test('wrong method, with Allow', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await fetch(`${gateway.url}${VERIFY}`, { method });
      expect(answer.headers.get('allow')).toBe('POST');
      await expectErrorInfo(answer, 405, 'METHOD_NOT_ALLOWED');
    }
    await expectErrorInfo(await share({}, 'POST'), 405, 'METHOD_NOT_ALLOWED');
  });

  test('HEAD', async () => {
    const answer = await share({}, 'HEAD');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
  });

  test('an answer format we do not have', async () => {
    const body = JSON.stringify({ phoneNumber });
    await expectErrorInfo(await verify(body, { accept: 'text/html' }), 406, 'NOT_ACCEPTABLE');
    await expectErrorInfo(await share({ accept: 'application/xml' }), 406, 'NOT_ACCEPTABLE');
  });

  test('a body in another format, even one that is none', async () => {
    for (const type of ['text/plain', 'application/json; charset=iso-8859-1', 'nonsense', 'a/b; c']) {
      await expectErrorInfo(await verify('{}', { 'content-type': type }), 415, 'UNSUPPORTED_MEDIA_TYPE');
    }
    await expectErrorInfo(await verify('{}', { 'content-encoding': 'gzip' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  test('a stranger learns 401, whatever else is wrong', async () => {
    const stranger = { authorization: 'Bearer stranger' };
    await expectErrorInfo(await verify('nonsense', stranger), 401, 'UNAUTHENTICATED');
    await expectErrorInfo(await verify('{}', { ...stranger, 'content-type': 'x' }), 401, 'UNAUTHENTICATED');
    await expectErrorInfo(await verify('{}', { ...stranger, 'x-correlator': 'a b' }), 401, 'UNAUTHENTICATED');
    await expectErrorInfo(await verify('{}', { ...stranger, accept: 'text/html' }), 401, 'UNAUTHENTICATED');
  });

  test('two Authorization headers, one of them good', async () => {
    const answer = await raw(
      `GET ${SHARE} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n` +
        'authorization: Bearer other\r\nconnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
  });

  test('a body over 4 KiB', async () => {
    await expectErrorInfo(await verify(' '.repeat(4097)), 413, 'INVALID_ARGUMENT');
  });

  test('headers over 8 KiB', async () => {
    const answer = await raw(`GET ${SHARE} HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(9000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
    expect(answer).toContain('content-type: application/json\r\n');
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ status: 431, code: 'INVALID_ARGUMENT' });
  });

  test('a body on GET', async () => {
    const status = await new Promise((resolve, reject) => {
      const sent = rawRequest(`${gateway.url}${SHARE}`, {
        method: 'GET',
        headers: {
          authorization: `Bearer ${token}`,
          'content-length': 2,
          'content-type': 'application/json',
        },
      });
      sent.on('response', (answer) => resolve(answer.statusCode));
      sent.on('error', reject);
      sent.end('{}');
    });
    expect(status).toBe(400);
  });

  test.each([
    ['the same key twice', '{"phoneNumber":"+12345","phoneNumber":"+99003500001"}'],
    ['the same key twice, escaped', '{"phoneNumber":"+12345","\\u0070honeNumber":"+99003500001"}'],
    ['a byte order mark', '\ufeff{"phoneNumber":"+99003500001"}'],
    ['2000 brackets', '['.repeat(2000)],
    ['2000 brackets, closed', '['.repeat(2000) + ']'.repeat(2000)],
    ['__proto__', '{"phoneNumber":"+99003500001","__proto__":{"polluted":true}}'],
    ['an unknown property', '{"phoneNumber":"+99003500001","purpose":"x"}'],
    ['fullwidth digits', '{"phoneNumber":"+９９００３５００００１"}'],
    ['a line break', '{"phoneNumber":"+99003500001\\n"}'],
    ['no UTF-8', Buffer.from('{"phoneNumber":"+99003500001\xff"}', 'latin1')],
  ])('%s', async (_name, body) => {
    await expectErrorInfo(await verify(body), 400, 'INVALID_ARGUMENT');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('an x-correlator outside its pattern, which is not echoed', async () => {
    for (const correlator of ['a b', 'x'.repeat(257), 'a,b', '"']) {
      const answer = await verify(JSON.stringify({ phoneNumber }), { 'x-correlator': correlator });
      await expectErrorInfo(answer, 400, 'INVALID_ARGUMENT');
    }
  });

  test('and so it is still good for one call, with an empty x-correlator too', async () => {
    const answer = await verify(JSON.stringify({ phoneNumber }), { 'x-correlator': '' });
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 200,
      body: { devicePhoneNumberVerified: true },
    });
    expect(answer.headers.get('x-correlator')).toMatch(/^[0-9a-f-]{36}$/);
    await expectErrorInfo(await verify(JSON.stringify({ phoneNumber })), 401, 'UNAUTHENTICATED');
  });
});
