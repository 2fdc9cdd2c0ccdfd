import { afterEach, expect, test } from '@jest/globals';
import { Metrics } from './metrics.js';
import { traceIdsFrom } from './trace-id.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

afterEach(() => traceIdsFrom(undefined));

test('an exemplar names the trace, where there is one, and only where the table has exemplars', async () => {
  const metrics = new Metrics();
  metrics.calls.own('verify', 0.001);
  expect(await metrics.render()).not.toContain('trace_id');
  traceIdsFrom(() => TRACE);
  metrics.calls.own('verify', 0.001);
  metrics.http.route('data', '/x', 'POST').answered(200, 'success', 0.02);
  metrics.upstream.took('one', 'verify')?.observe(0.2);
  metrics.broker.exchanged('one', 0.2);
  const page = await metrics.render();
  const told = page.split('\n').filter((line) => line.includes(`# {trace_id="${TRACE}"}`));
  expect(told.map((line) => line.split('{')[0])).toEqual([
    'nvgw_http_request_duration_seconds_bucket',
    'nvgw_gateway_overhead_seconds_bucket',
    'nvgw_upstream_request_duration_seconds_bucket',
  ]);
  expect(await metrics.renderPlain()).not.toContain('trace_id');
});
