import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Socket } from 'node:net';
import { jsonAnswer, operatorAt, RawOperator, startRawOperator } from '../../test/support/raw-operator.js';
import { Problem } from '../contract/problem.js';
import { Operator } from '../operators/operator.js';
import { Metrics } from '../telemetry/metrics.js';
import { Upstream } from './upstream.js';

let upstream: Upstream;
let raw: RawOperator;
let operator: Operator;
let does: (socket: Socket) => void;

beforeEach(async () => {
  upstream = new Upstream(new Metrics());
  raw = await startRawOperator((socket) => does(socket));
  operator = operatorAt(raw.url);
});

afterEach(async () => {
  await upstream.close();
  await raw.close();
});

function token(): Promise<Response> {
  return upstream.fetch(operator)(`${raw.url}/token?x=1`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code' }),
    headers: { accept: 'application/json' },
    redirect: 'manual',
  });
}

async function cause(call: Promise<unknown>): Promise<Problem> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TypeError);
  return (error as TypeError).cause as Problem;
}

describe('fetch at an operator', () => {
  it('sends forms and reads answers as fetch does', async () => {
    does = (socket) =>
      socket.write(jsonAnswer('{"access_token":"a"}', '200 OK', 'set-cookie: a\r\nset-cookie: b\r\n'));
    const response = await token();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.getSetCookie()).toEqual(['a', 'b']);
    await expect(response.json()).resolves.toEqual({ access_token: 'a' });
    expect(raw.received).toMatch(/^POST \/token\?x=1 HTTP/);
    expect(raw.received).toContain('content-type: application/x-www-form-urlencoded;charset=UTF-8\r\n');
    expect(raw.received).toContain('accept-encoding: identity\r\n');
    expect(raw.received).toMatch(/\r\n\r\ngrant_type=authorization_code$/);
  });

  it('hands on a redirect without following it', async () => {
    does = (socket) => socket.write(jsonAnswer('', '302 Found', `location: ${raw.url}/elsewhere\r\n`));
    const response = await token();
    expect(response.status).toBe(302);
    expect(raw.requests).toBe(1);
  });

  it('hands on OAuth errors, which never open the circuit', async () => {
    does = (socket) => socket.write(jsonAnswer('{"error":"invalid_grant"}', '400 Bad Request'));
    for (let call = 0; call < 30; call++) expect((await token()).status).toBe(400);
  });

  it('hands on 5xx answers until they have opened the circuit of the token endpoint', async () => {
    does = (socket) => socket.write(jsonAnswer('{}', '503 Service Unavailable'));
    for (let call = 0; call < 20; call++) expect((await token()).status).toBe(503);
    expect(await cause(token())).toMatchObject({ problem: 'circuitOpen', neverSent: true });
    expect(raw.requests).toBe(20);
    upstream.admit(operator, 'api')[Symbol.dispose]();
  });

  it('leaves an operator alone that answered 429', async () => {
    does = (socket) => socket.write(jsonAnswer('{}', '429 Too Many Requests', 'retry-after: 9\r\n'));
    expect((await token()).status).toBe(429);
    expect(await cause(token())).toMatchObject({ problem: 'operatorRateLimited', retryAfterSeconds: 9 });
    expect(raw.requests).toBe(1);
  });

  it('rejects with a TypeError whose cause says what happened', async () => {
    does = () => {};
    expect(await cause(token())).toMatchObject({ problem: 'operatorTimeout', neverSent: false });
    does = (socket) => socket.write(jsonAnswer(' '.repeat(70_000)));
    expect(await cause(token())).toMatchObject({ problem: 'operatorRouteBroken', detail: 'too_large' });
  });

  it('speaks plain http to simulated operators only', async () => {
    does = (socket) => socket.write(jsonAnswer('{}'));
    operator = operatorAt('https://operator.example');
    expect(await cause(token())).toMatchObject({ neverSent: true });
    expect(raw.connections).toBe(0);
  });

  it('sends nothing for a caller who has given up', async () => {
    const call = upstream.fetch(operator)(raw.url, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(raw.connections).toBe(0);
  });
});
