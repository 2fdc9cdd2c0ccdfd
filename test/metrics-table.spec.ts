import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Metrics } from '../src/telemetry/metrics.js';
import { driveEverything, driveTheRest, operatorsNamed, seriesOf } from './support/every-outcome.js';

/** `name type label,label` of each row of the table in docs/metrics.md. */
function documented(): string[] {
  const page = readFileSync('docs/metrics.md', 'utf8');
  const [, table] = /<!-- metrics:begin -->([^]*)<!-- metrics:end -->/.exec(page)!;
  return table!
    .split('\n')
    .filter((line) => line.startsWith('| `nvgw_'))
    .map((line) => {
      const [, name, type, labels] = line.split('|').map((cell) => cell.trim());
      const names = [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label);
      return `${name!.replaceAll('`', '')} ${type} ${names.join(',')}`;
    });
}

test('docs/metrics.md lists every metric by name, type and labels, and no other', () => {
  const registered = new Metrics().table.map(
    ({ name, type, labels }) => `${name} ${type} ${labels.join(',')}`,
  );
  expect(documented().toSorted()).toEqual(registered.toSorted());
  expect(new Set(registered).size).toBe(registered.length);
});

test('names and labels follow the conventions of Prometheus', () => {
  for (const { name, type, labels } of new Metrics().table) {
    expect(name).toMatch(/^nvgw_[a-z0-9_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes|rows)$/);
    // Labels of the target, which Prometheus would put ours aside for.
    const taken = ['job', 'instance', 'pod', 'namespace', 'service', 'endpoint', 'container', 'node', 'le'];
    expect(labels.filter((label) => taken.includes(label))).toEqual([]);
  }
});

test('what an alert must not miss stands at 0 before anything happens, of however many operators', async () => {
  for (const count of [1, 200]) {
    const metrics = new Metrics();
    metrics.expect(operatorsNamed(count));
    metrics.http.route('data', '/number-verification/v2/verify', 'POST');
    const page = (await metrics.render()).split('\n');
    for (const target of ['api', 'token']) {
      expect(page).toContain(
        `nvgw_upstream_errors_total{operator="operator-000",target="${target}",reason="credentials"} 0`,
      );
    }
    expect(page).toContain('nvgw_ledger_lost_rows_total 0');
    expect(page).toContain('nvgw_ledger_journal_corrupt_total 0');
    expect(page).toContain('nvgw_ledger_journal_replayed_total{result="double_dispatch"} 0');
    expect(page).toContain('nvgw_replays_rejected_total{kind="access_token"} 0');
    expect(page).toContain('nvgw_log_scrubbed_total{kind="msisdn"} 0');
    expect(page.join('\n')).toMatch(
      /nvgw_http_requests_total\{.*code="500",outcome_class="gateway_error"\} 0/,
    );
  }
});

test('an unknown value of a label becomes other', async () => {
  const metrics = new Metrics();
  metrics.broker.authorizationFailed('one', 'made up by somebody');
  metrics.http.route('other', 'other', 'BREW').answered(418, 'client_error', 0);
  const page = await metrics.render();
  expect(page).toContain('nvgw_authorization_errors_total{operator="one",error="other"} 1');
  expect(page).toContain('method="other",code="418"');
  expect(page).not.toMatch(/made up|BREW/);
});

test('the plain page has the same samples, announced by their full names', async () => {
  const metrics = new Metrics();
  const operators = operatorsNamed(2);
  metrics.expect(operators);
  for (const operator of operators) driveEverything(metrics, operator);
  driveTheRest(metrics, 2);
  const [open, plain] = [await metrics.render(), await metrics.renderPlain()];
  const ours = (page: string): string[] =>
    seriesOf(page).filter((line) => /^nvgw_(?!jwks|ledger|operator_clock)/.test(line));
  expect(ours(plain)).toEqual(ours(open));
  expect(plain).not.toContain('# EOF');
  const announced = new Set([...plain.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  for (const line of seriesOf(plain)) {
    const [name] = line.split(/[{ ]/);
    expect(announced.has(name) || announced.has(name!.replace(/_(bucket|sum|count)$/, ''))).toBe(true);
  }
});
