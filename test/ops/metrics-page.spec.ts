import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TestGateway, startTestGateway } from '../support/test-gateway.js';
import { promtool, promtoolInstalled } from './promtool.js';

/** Gauges of the library that are named like counters; renaming them would break everybody's dashboards. */
const OF_THE_LIBRARY = /^nodejs_active_(?:handles|requests|resources)_total /;

const withPromtool = promtoolInstalled() ? describe : describe.skip;

withPromtool('the metrics of a running gateway', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway?.close());

  test('are named and described as Prometheus wants it', async () => {
    const answer = await fetch(`${gateway.managementUrl}/metrics?format=text`);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const { output } = promtool(['check', 'metrics'], await answer.text());
    const complaints = output.split('\n').filter((line) => line !== '' && !OF_THE_LIBRARY.test(line));
    expect(complaints).toEqual([]);
  });

  test('are complained about when they are not', () => {
    const page = '# HELP bad_ms Milliseconds\n# TYPE bad_ms counter\nbad_ms 1\n';
    expect(promtool(['check', 'metrics'], page).output).toContain('bad_ms');
  });
});
