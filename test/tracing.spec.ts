import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxInfo } from '../src/boot.js';
import { GatewayProcess } from './support/gateway-process.js';
import { postToken, redemption } from './support/sign-in.js';
import { TestDatabase, createTestDatabase } from './support/test-database.js';
import { beginSignIn, followAsDevice } from './support/tokens.js';
import { CollectedSpan, TraceCollector } from './support/trace-collector.js';

jest.setTimeout(60_000);

const ASP_TRACE = 'af7651916cd43dd8448eb211c80319c1';
const CORRELATOR = '7a0b52b0-5d0c-4a8e-9d3c-0d2c3f6a1b22';

let place: TestDatabase;
let dataDir: string;
let collector: TraceCollector;
let gateway: GatewayProcess;
/** What must not leave: as it was used. */
const secrets: string[] = [];
let verdict: unknown;

/** One verification from its first redirect to its answer; then the process ends, and sends what it has. */
beforeAll(async () => {
  [place, dataDir, collector] = await Promise.all([
    createTestDatabase(),
    mkdtemp(join(tmpdir(), 'nvgw-traces-')),
    TraceCollector.start(),
  ]);
  gateway = await GatewayProcess.spawn({
    SANDBOX: 'on',
    DATABASE_URL: place.url,
    DATA_DIR: dataDir,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    LOG_LEVEL: 'info',
  });
  await gateway.untilReady();
  const asp = JSON.parse(await readFile(join(dataDir, 'sandbox.json'), 'utf8')) as SandboxInfo;
  const { ip, phoneNumber } = asp.devices[0]!;
  const { verifier, state, authorizeUrl } = beginSignIn(asp, { login_hint: `tel:${phoneNumber}` });
  const back = await followAsDevice(authorizeUrl, ip, asp.application.redirectUri);
  const code = back.searchParams.get('code')!;
  const form = await redemption(asp, code, verifier);
  const token = (await postToken(asp, form)).body['access_token'] as string;
  const answer = await fetch(`${gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'x-correlator': CORRELATOR,
      traceparent: `00-${ASP_TRACE}-b7ad6b7169203331-01`,
    },
    body: JSON.stringify({ phoneNumber }),
  });
  verdict = await answer.json();
  secrets.push(phoneNumber.slice(1), ip, verifier, state, code, token, String(form['client_assertion']));
  expect(await gateway.stop()).toBe(0);
});

afterAll(async () => {
  await gateway?.stop('SIGKILL');
  await collector?.stop();
  await place?.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** The only span of this name that a request of the device or the application began. */
function the(name: string): CollectedSpan {
  const found = collector.spans.filter(
    (span) => span.name === name && span.attributes['http.route'] !== undefined,
  );
  expect([name, found.length]).toEqual([name, 1]);
  return found[0]!;
}

describe('the spans of one verification', () => {
  test('follow each other by links, from the first redirect to the verdict', () => {
    expect(verdict).toEqual({ devicePhoneNumberVerified: true });
    const [authorize, callback, token, verify] = ['authorize', 'callback', 'token', 'verify'].map(the);
    expect(callback!.links).toEqual([authorize!.spanId]);
    expect(token!.links).toEqual([callback!.spanId]);
    expect(verify!.links).toEqual([token!.spanId]);
  });

  test.each(['callback', 'verify'])('%s reaches down to the request that the operator gets', (name) => {
    const spans = collector.below(the(name));
    const upstream = spans.find((span) => span.name === 'upstream')!;
    expect(upstream.attributes).toMatchObject({
      'nvgw.operator': expect.any(String),
      'nvgw.dialect': expect.any(String),
      'nvgw.target': name === 'verify' ? 'api' : 'token',
    });
    // The simulated operator runs in the same process, and takes up the trace context it is sent.
    const [request] = spans.filter(({ parentSpanId }) => parentSpanId === upstream.spanId);
    expect(request!.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.response.status_code': expect.anything(),
    });
    const atOperator = spans.filter(({ parentSpanId }) => parentSpanId === request!.spanId);
    expect(atOperator).toHaveLength(1);
    expect(atOperator[0]!.traceId).toBe(the(name).traceId);
  });

  test('the trace context of the application is taken up, and says what came of the call', () => {
    const verify = the('verify');
    expect(verify.traceId).toBe(ASP_TRACE);
    expect(verify.attributes).toMatchObject({
      'http.route': '/number-verification/v2/verify',
      'nvgw.operation': 'verify',
      'nvgw.outcome': 'match',
      'nvgw.x_correlator': CORRELATOR,
    });
    expect(collector.below(verify).map(({ name }) => name)).toContain('ledger.insert');
  });

  test('the log line of the call names the trace, and so does that of its request to the operator', () => {
    const events = gateway.output
      .split('\n')
      .filter((line) => line.includes(`"trace_id":"${ASP_TRACE}"`))
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events.sort()).toEqual(['http.request', 'upstream.request']);
  });

  test('statements to PostgreSQL stand below the request that made them', () => {
    const names = collector.below(the('authorize')).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('pg.query'))).not.toEqual([]);
  });

  test('nothing of what was asked leaves with them: no number, address, code, state, token, assertion', () => {
    expect(collector.spans.length).toBeGreaterThan(10);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(6);
      expect(collector.raw).not.toContain(secret);
      expect(collector.raw).not.toContain(encodeURIComponent(secret));
    }
    expect(collector.raw).not.toMatch(/\?(code|state|response_type)=/);
  });

  test('probes leave no spans', () => {
    expect(collector.raw).not.toContain('readyz');
  });
});
