import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { writePrometheusFiles } from './prometheus-files.js';
import { promtool, promtoolInstalled } from './promtool.js';
import { alertsOf, renderRules } from './rules.js';

const text = readFileSync('docs/operations.md', 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'operations-'));
const withPromtool = promtoolInstalled() ? describe : describe.skip;

afterAll(() => rmSync(folder, { recursive: true }));

interface Alertmanager {
  route: { receiver: string; routes: { receiver: string; matchers: string[] }[] };
  inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal: string[] }[];
  receivers: { name: string }[];
}

describe('the guide for those who run the gateway', () => {
  test('points to pages that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((path) => !existsSync(join('docs', path)))).toEqual([]);
  });

  test('has an Alertmanager that speaks of alerts and receivers that exist', () => {
    const block = /<!-- alertmanager.yml -->\s*```yaml\n(.*?)```/s.exec(text)![1]!;
    const { route, inhibit_rules: inhibitions, receivers } = parse(block) as Alertmanager;
    const known = receivers.map(({ name }) => name);
    expect(known).toEqual(
      expect.arrayContaining([route.receiver, ...route.routes.map(({ receiver }) => receiver)]),
    );
    const names = alertsOf(renderRules()).map(({ alert }) => alert);
    const matchers = inhibitions.flatMap((one) => [...one.source_matchers, ...one.target_matchers]);
    const patterns = matchers.map((matcher) => /^alertname!?=~?"(.+)"$/.exec(matcher)![1]!);
    expect(
      patterns.filter((pattern) => !names.some((name) => new RegExp(`^(?:${pattern})$`).test(name))),
    ).toEqual([]);
  });
});

withPromtool('what it says to run', () => {
  test('makes rules that Prometheus takes, every word replaced', () => {
    const command = /```sh\n(for file in recording alerts; do\n.*?)```/s.exec(text)![1]!;
    const here = command.replaceAll('/etc/prometheus', folder);
    const { status, stdout, stderr } = spawnSync('sh', ['-ec', here], { encoding: 'utf8' });
    expect({ status, said: stdout + stderr }).toEqual({
      status: 0,
      said: expect.stringContaining('SUCCESS'),
    });
    for (const name of ['recording', 'alerts']) {
      expect(readFileSync(join(folder, `${name}.yaml`), 'utf8')).not.toMatch(/__[A-Z_]+__/);
    }
  });

  test('scrapes as Prometheus can', () => {
    writePrometheusFiles(folder, '127.0.0.1:3001');
    const { status, output } = promtool(['check', 'config', join(folder, 'prometheus.yml')]);
    expect({ status, output }).toEqual({ status: 0, output: expect.stringContaining('SUCCESS') });
  });
});
