import { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jsonAnswer, operatorAt, RawOperator, startRawOperator } from '../../test/support/raw-operator.js';
import { Problem, ProblemName } from '../contract/problem.js';
import { Operator } from '../operators/operator.js';
import { Metrics } from '../telemetry/metrics.js';
import { Upstream } from './upstream.js';

const DEADLINE_MS = 1_000;
const SLACK_MS = 400;
const TRUE = '{"devicePhoneNumberVerified":true}';
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const TOKEN = 'operator-token-of-the-user';

let metrics: Metrics;
let upstream: Upstream;
let raw: RawOperator | undefined;
const timers = new Set<NodeJS.Timeout>();

function verify(operator: Operator): Promise<boolean> {
  using permit = upstream.admit(operator, 'api');
  return permit.send(
    {
      method: 'POST',
      path: '/number-verification/v2/verify',
      headers: { 'content-type': 'application/json' },
      body: '{"phoneNumber":"+99003100001"}',
    },
    TOKEN,
    (answer) => operator.dialect.decodeVerify(answer, operator),
  );
}

async function fault(operator: Operator): Promise<{ problem: Problem; ms: number }> {
  const started = performance.now();
  const problem = await verify(operator).then(
    (verdict) => {
      throw new Error(`a verdict from a fault: ${verdict}`);
    },
    (error: Problem) => error,
  );
  if (!(problem instanceof Problem)) throw problem as Error;
  return { problem, ms: performance.now() - started };
}

function drip(socket: Socket, text: string, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length]!), everyMs);
  timers.add(timer);
}

async function errorCounted(reason: string): Promise<void> {
  const page = await metrics.render();
  expect(page.split('\n').filter((line) => line.startsWith('nvgw_upstream_errors_total{'))).toEqual([
    `nvgw_upstream_errors_total{operator="raw",target="api",reason="${reason}"} 1`,
  ]);
}

beforeEach(() => {
  metrics = new Metrics();
  upstream = new Upstream(metrics);
});

afterEach(async () => {
  for (const timer of timers) clearInterval(timer);
  timers.clear();
  await upstream.close();
  await raw?.close();
  raw = undefined;
});

interface Row {
  id: string;
  does: (socket: Socket) => void;
  problem: ProblemName;
  reason: string;
  /** The deadline, and not the fault itself, ends the call. */
  atDeadline?: boolean;
}

const ROWS: Row[] = [
  {
    id: 'U03 hangs after the request',
    does: () => {},
    problem: 'operatorTimeout',
    reason: 'ttfb',
    atDeadline: true,
  },
  {
    id: 'U04 drips its headers',
    does: (socket) => drip(socket, HEAD, 20),
    problem: 'operatorTimeout',
    reason: 'ttfb',
    atDeadline: true,
  },
  {
    id: 'U05 sends headers, then hangs',
    does: (socket) => socket.write(`${HEAD}content-length: 34\r\n\r\n`),
    problem: 'operatorTimeout',
    reason: 'body',
    atDeadline: true,
  },
  {
    id: 'U06 drips its body for ever',
    does: (socket) => {
      socket.write(`${HEAD}\r\n`);
      drip(socket, ' ', 20);
    },
    problem: 'operatorTimeout',
    reason: 'body',
    atDeadline: true,
  },
  {
    id: 'U07 floods with 103',
    does: (socket) => socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(200)),
    problem: 'operatorRouteBroken',
    reason: '1xx',
  },
  {
    id: 'U07 floods with 100',
    does: (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(200)),
    problem: 'operatorRouteBroken',
    reason: '1xx',
  },
  {
    id: 'U08 resets before the answer',
    does: (socket) => socket.resetAndDestroy(),
    problem: 'operatorUnreachable',
    reason: 'reset',
  },
  {
    id: 'U09 closes before the answer',
    does: (socket) => socket.end(),
    problem: 'operatorUnreachable',
    reason: 'reset',
  },
  {
    id: 'U10 resets in the middle of the body',
    does: (socket) => socket.write(`${HEAD}content-length: 34\r\n\r\n{"dev`, () => socket.resetAndDestroy()),
    problem: 'operatorUnreachable',
    reason: 'reset',
  },
  {
    id: 'U11 closes with a body shorter than it said',
    does: (socket) => socket.end(`${HEAD}content-length: 340\r\n\r\n${TRUE}`),
    problem: 'operatorUnreachable',
    reason: 'truncated',
  },
  {
    id: 'U11 closes with a body shorter than it said, connection: close',
    does: (socket) => socket.end(`${HEAD}connection: close\r\ncontent-length: 340\r\n\r\n${TRUE}`),
    problem: 'operatorUnreachable',
    reason: 'truncated',
  },
  {
    id: 'U12 announces 300 MB',
    does: (socket) => socket.write(`${HEAD}content-length: 314572800\r\n\r\n${' '.repeat(1000)}`),
    problem: 'operatorRouteBroken',
    reason: 'too_large',
  },
  {
    id: 'U12 sends a body without end',
    does: (socket) => {
      socket.write(`${HEAD}\r\n`);
      timers.add(setInterval(() => socket.write(' '.repeat(30_000)), 1));
    },
    problem: 'operatorRouteBroken',
    reason: 'too_large',
  },
  {
    id: 'U13 answers in gzip although asked for identity',
    does: (socket) => {
      const body = gzipSync(TRUE);
      socket.write(`${HEAD}content-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`);
      socket.write(body);
    },
    problem: 'operatorRouteBroken',
    reason: 'encoding',
  },
  {
    id: 'U14 sends 70 KB of headers',
    does: (socket) =>
      socket.write(`${HEAD}${'x-pad: 0123456789012345678901234567890123456789\r\n'.repeat(1500)}\r\n`),
    problem: 'operatorRouteBroken',
    reason: 'headers_overflow',
  },
  {
    id: 'U15 answers with a page',
    does: (socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>'),
    problem: 'operatorRouteBroken',
    reason: 'content_type',
  },
  {
    id: 'U16 answers with truncated JSON',
    does: (socket) => socket.write(jsonAnswer('{"devicePhoneNumberVerified":')),
    problem: 'operatorRouteBroken',
    reason: 'json',
  },
  {
    id: 'U17 answers 200 with nothing',
    does: (socket) => socket.write(jsonAnswer('')),
    problem: 'operatorRouteBroken',
    reason: 'json',
  },
  {
    id: 'U18 answers with the word "false"',
    does: (socket) => socket.write(jsonAnswer('{"devicePhoneNumberVerified":"false"}')),
    problem: 'operatorRouteBroken',
    reason: 'schema',
  },
  {
    id: 'U19 answers false and true',
    does: (socket) =>
      socket.write(jsonAnswer('{"devicePhoneNumberVerified":false,"devicePhoneNumberVerified":true}')),
    problem: 'operatorRouteBroken',
    reason: 'json',
  },
  {
    id: 'breaks the protocol',
    does: (socket) => socket.write('220 mail.example ESMTP\r\n'),
    problem: 'operatorUnreachable',
    reason: 'reset',
  },
  {
    id: 'states two lengths',
    does: (socket) => socket.write(`${HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`),
    problem: 'operatorUnreachable',
    reason: 'truncated',
  },
  {
    id: 'states a length and chunks',
    does: (socket) =>
      socket.write(
        `${HEAD}content-length: 34\r\ntransfer-encoding: chunked\r\n\r\n22\r\n${TRUE}\r\n0\r\n\r\n`,
      ),
    problem: 'operatorUnreachable',
    reason: 'truncated',
  },
];

describe('an operator that', () => {
  it.each(ROWS)('$id costs one request, the deadline and no verdict', async (row) => {
    raw = await startRawOperator(row.does);
    const { problem, ms } = await fault(operatorAt(raw.url, { timeoutMs: DEADLINE_MS }));
    expect(problem.problem).toBe(row.problem);
    expect(problem.neverSent).toBe(false);
    expect(raw.requests).toBe(1);
    expect(raw.connections).toBe(1);
    expect(ms).toBeLessThan(row.atDeadline ? DEADLINE_MS + SLACK_MS : DEADLINE_MS);
    if (row.atDeadline) expect(ms).toBeGreaterThan(DEADLINE_MS - 10);
    await errorCounted(row.reason);
  });

  it.each(['302 Found', '307 Temporary Redirect', '308 Permanent Redirect'])(
    'U21 redirects with %s is not followed, and our token goes nowhere else',
    async (status) => {
      const inside = await startRawOperator((socket) => socket.write(jsonAnswer(TRUE)));
      try {
        raw = await startRawOperator((socket) =>
          socket.write(jsonAnswer('{}', status, `location: ${inside.url}/verify\r\n`)),
        );
        const { problem } = await fault(operatorAt(raw.url, { timeoutMs: DEADLINE_MS }));
        expect(problem.problem).toBe('operatorRouteBroken');
        expect(raw.requests).toBe(1);
        expect(inside.connections).toBe(0);
        await errorCounted('redirect');
      } finally {
        await inside.close();
      }
    },
  );
});
