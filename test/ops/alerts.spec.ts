import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALERT_CASES, IDLE } from './alert-cases.js';
import { expectationsOf, play, promtool, promtoolInstalled } from './promtool.js';
import { alertsOf, renderRules, ruleSources, ruleWords } from './rules.js';

/** promtool goes through days of samples; a busy machine takes its time. */
const PATIENT_MS = 150_000;

const groups = renderRules();
const alerts = alertsOf(groups);
const withPromtool = promtoolInstalled() ? describe : describe.skip;

describe('the rules', () => {
  test('hold exactly the words to be replaced that are documented', () => {
    const words = ruleSources().flatMap((source) => source.match(/__[A-Z_]+__/g) ?? []);
    expect(new Set(words)).toEqual(new Set(ruleWords().keys()));
    expect(JSON.stringify(groups)).not.toContain('__');
  });

  test('look at one installation alone', () => {
    const selectors = groups.flatMap(({ rules }) =>
      rules.flatMap(
        ({ expr }) => expr.match(/\b(?:nvgw[_:]|nodejs_|process_|up\b)[\w:]*(?:\{[^}]*\})?/g) ?? [],
      ),
    );
    expect(selectors.length).toBeGreaterThan(80);
    expect(selectors.filter((one) => !one.includes('{job="number-verification-gateway"'))).toEqual([]);
  });

  test.each(alerts)('$alert says how bad it is, what it means and where to read on', (rule) => {
    expect(rule.alert).toMatch(/^Nvgw[A-Z]\w+$/);
    expect(rule.labels['severity']).toMatch(/^(page|ticket)$/);
    expect(rule.annotations).toEqual({
      summary: expect.stringMatching(/\w/),
      description: expect.stringMatching(/\w/),
      runbook_url: expect.stringMatching(new RegExp(`^https://.+/${rule.alert}\\.md$`)),
    });
  });

  test.each(alerts)('$alert speaks of labels that it has', ({ alert, annotations }) => {
    const spoken = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label!);
    const has = ALERT_CASES.filter((one) => one.alert === alert).map(({ labels }) => [
      'job',
      ...Object.keys(labels),
    ]);
    for (const labels of has) expect(labels).toEqual(expect.arrayContaining(spoken));
  });

  test('have a case for every alert, which fires and is silent', () => {
    const tried = ALERT_CASES.filter(({ fires, silent }) => fires.length > 0 && silent.length > 0);
    expect(new Set(tried.map(({ alert }) => alert))).toEqual(new Set(alerts.map(({ alert }) => alert)));
  });
});

withPromtool('promtool', () => {
  test('finds nothing wrong with the rules', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rules-'));
    const file = join(folder, 'rules.yaml');
    writeFileSync(file, stringify({ groups }));
    const { status, output } = promtool(['check', 'rules', file]);
    rmSync(folder, { recursive: true });
    expect({ status, output }).toEqual({ status: 0, output: expect.stringContaining('SUCCESS') });
  });

  test('notices when an alert does not do what a case says', () => {
    const [one] = ALERT_CASES;
    const wrong = expectationsOf({ ...one!, fires: one!.silent.slice(0, 1), silent: [] });
    expect(play(wrong, one!)).toContain(one!.alert);
  });

  test.each(ALERT_CASES)(
    '$alert fires when it must and is silent otherwise',
    (one) => {
      expect(play(expectationsOf(one), one)).toBe('');
    },
    PATIENT_MS,
  );

  test(
    'fires nothing while all is well and nobody calls',
    () => {
      const idle = alerts.map(({ alert }) => ({ alert, when: 'all is well', input: IDLE, at: '1h' }));
      expect(play(idle, { step: '30s' })).toBe('');
    },
    PATIENT_MS,
  );

  test('fires nothing but the absence when there is nothing at all', () => {
    const silent = alerts.filter(({ alert }) => alert !== 'NvgwMetricsAbsent');
    const nothing = { when: 'there is nothing', input: {}, at: '1h' };
    expect(
      play(
        silent.map(({ alert }) => ({ ...nothing, alert })),
        { step: '30s' },
      ),
    ).toBe('');
  });
});
