import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Management, startManagement } from './management.js';
import { Readiness } from './readiness.js';

let management: Management;
let databaseUp: boolean;
let readiness: Readiness;

beforeEach(async () => {
  databaseUp = true;
  readiness = new Readiness(
    () => !databaseUp,
    () => ({ database: databaseUp ? 'up' : 'down' }),
    () => {},
  );
  readiness.serve();
  management = await startManagement({
    host: '127.0.0.1',
    port: 0,
    metrics: new Metrics(),
    logger: createLogger('silent'),
    readiness,
  });
});

afterEach(() => management.close());

describe('the management port', () => {
  it('says live as long as the process answers, ready or not', async () => {
    databaseUp = false;
    expect((await fetch(`${management.url}/livez`)).status).toBe(200);
  });

  it('says ready with its checks', async () => {
    const response = await fetch(`${management.url}/readyz`);
    expect(response.status).toBe(200);
    await expect(response.json()).resolves.toEqual({
      status: 'ready',
      checks: { process: 'serving', database: 'up' },
    });
  });

  it('says 503 when the process does not want traffic, and why', async () => {
    databaseUp = false;
    const response = await fetch(`${management.url}/readyz`);
    expect(response.status).toBe(503);
    await expect(response.json()).resolves.toEqual({
      status: 'not ready',
      checks: { process: 'serving', database: 'down' },
    });
  });

  it('says 503 while the process starts, and draining once it is about to end', async () => {
    readiness.drain();
    const response = await fetch(`${management.url}/readyz`);
    expect(response.status).toBe(503);
    await expect(response.json()).resolves.toMatchObject({ status: 'draining' });
    expect((await fetch(`${management.url}/startupz`)).status).toBe(200);
  });

  it('serves the metrics as OpenMetrics, whatever it was asked for before', async () => {
    for (const path of ['/metrics', '/metrics?format=text', '/metrics']) {
      const response = await fetch(`${management.url}${path}`);
      const page = await response.text();
      const plain = path.endsWith('text');
      expect(response.headers.get('content-type')).toContain(
        plain ? 'text/plain; version=0.0.4' : 'application/openmetrics-text; version=1.0.0',
      );
      expect(page.endsWith('# EOF\n')).toBe(!plain);
      expect(page).toContain('nvgw_ready 0');
      expect(page).toContain(`# TYPE nvgw_ledger_rows${plain ? '_total' : ''} counter`);
      expect(page).toContain('nvgw_ledger_rows_total{result="inserted"} 0');
    }
  });

  it('knows nothing else', async () => {
    expect((await fetch(`${management.url}/`)).status).toBe(404);
    expect((await fetch(`${management.url}/livez`, { method: 'POST' })).status).toBe(405);
  });

  it('is gone at once when it is closed, kept-alive callers included', async () => {
    await fetch(`${management.url}/livez`);
    await management.close();
    await expect(fetch(`${management.url}/livez`)).rejects.toThrow('fetch failed');
  });

  it('fails to start on a port that is taken', async () => {
    const port = Number(new URL(management.url).port);
    const again = startManagement({
      host: '127.0.0.1',
      port,
      metrics: new Metrics(),
      logger: createLogger('silent'),
      readiness,
    });
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
