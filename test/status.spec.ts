import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { StatusView } from '../src/health/status-view.js';
import { Metrics } from '../src/telemetry/metrics.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
  const { evidence } = gateway.app.get(Metrics).upstream;
  const [id] = operatorIds();
  for (let call = 0; call < 10; call += 1) evidence.note(id!, 'api', call !== 0, 0.1);
});
afterAll(() => gateway?.close());

const operatorIds = (): string[] => [...new Set(gateway.sandbox.devices.map(({ operator }) => operator))];

describe('GET /status.json', () => {
  test('tells everybody how each operator fares, and unknown where nobody has called', async () => {
    const response = await fetch(`${gateway.url}/status.json`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toBe('public, max-age=10');
    const body = StatusView.strict().parse(await response.json());
    const [first, ...others] = operatorIds();
    const unknown = { status: 'unknown', availability: null, latency: 'unknown' };
    expect(body.operators.find(({ id }) => id === first)).toMatchObject({
      lifecycle: 'sandbox',
      state: 'on',
      verification: { '5m': { status: 'degraded', availability: 0.9, latency: 'fast' } },
      signIn: { '24h': unknown },
    });
    for (const other of others) {
      expect(body.operators.find(({ id }) => id === other)).toMatchObject({
        verification: { '5m': unknown },
      });
    }
  });

  test('is made once for all who ask within ten seconds', async () => {
    const bodies = await Promise.all(
      [1, 2, 3].map(async () => (await fetch(`${gateway.url}/status.json`)).text()),
    );
    expect(new Set(bodies).size).toBe(1);
  });

  test('stands in the OpenAPI document, without security', async () => {
    const document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as {
      paths: Record<string, { get?: { security?: unknown } }>;
    };
    expect(document.paths['/status.json']?.get?.security).toEqual([]);
  });
});

test('the public port has no metrics and no probes', async () => {
  for (const path of ['/metrics', '/metrics?format=text', '/livez', '/readyz', '/startupz']) {
    expect((await fetch(`${gateway.url}${path}`)).status).toBe(404);
  }
});

test('the management port counts what was asked of the public one', async () => {
  const page = await (await fetch(`${gateway.managementUrl}/metrics?format=text`)).text();
  expect(page).toMatch(
    /^nvgw_http_requests_total\{plane="other",route="\/status.json",method="GET",code="200",outcome_class="success"\} [1-9]/m,
  );
  expect(page).toMatch(/^nvgw_db_pool_connections\{pool="ledger",state="total"\} [1-9]/m);
  expect(page).toContain('nvgw_dependency_up{dependency="postgres"} 1');
  expect(page).toContain('nvgw_http_requests_in_flight{plane="data"} 0');
  expect(page).toMatch(/^nvgw_build_info\{version="\d+\.\d+\.\d+",commit="unknown",node_version="v\d/m);
  expect(page).toMatch(/^nvgw_task_last_success_timestamp_seconds\{task="operator_status"\} \d{10}/m);
});
