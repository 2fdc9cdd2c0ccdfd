import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { CASES, CHART, Rendered, render, the, withLeast } from './chart.js';

interface Rules extends Rendered {
  spec: { groups: { name: string; rules: { alert?: string; record?: string; expr: string }[] }[] };
}

const PRODUCTION = render(CASES.get('production')!);
const rulesOf = (objects: readonly Rendered[]) =>
  objects.filter(({ kind }) => kind === 'PrometheusRule') as Rules[];
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool)
  console.log('promtool is not on the PATH (Debian: prometheus): rendered rules are not checked with it');

describe('the rules', () => {
  it('come whole, with every word replaced', () => {
    const files = readdirSync(`${CHART}/rules`).filter((file) => file.endsWith('.yaml'));
    const objects = rulesOf(PRODUCTION);
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(
      files.map((file) => `nv-number-verification-gateway-${file.replace('.yaml', '')}`),
    );
    expect(JSON.stringify(objects)).not.toMatch(/__[A-Z_]+__/);
    expect(objects.flatMap(({ spec }) => spec.groups).every(({ rules }) => rules.length > 0)).toBe(true);
  });

  it('speak of this installation and its objectives', () => {
    const text = JSON.stringify(rulesOf(PRODUCTION));
    expect(text).toContain('job=\\"nv-number-verification-gateway\\"');
    expect(text).toContain('1 - 0.9995');
    expect(text).toContain('0.05');
    expect(text).toContain('https://runbooks.example/verification/');
    const { spec } = the(PRODUCTION, 'ServiceMonitor') as Rendered & { spec: { jobLabel: string } };
    expect(the(PRODUCTION, 'Service', '-management').metadata.labels?.[spec.jobLabel]).toBe(
      'nv-number-verification-gateway',
    );
  });

  it('wake somebody below two ready pods, below one where one runs', () => {
    const low = (replicaCount: number) =>
      rulesOf(render(withLeast({ replicaCount, metrics: { prometheusRule: { enabled: true } } })))
        .flatMap(({ spec }) => spec.groups.flatMap(({ rules }) => rules))
        .find(({ alert }) => alert === 'NvgwReadyReplicasLow')!.expr;
    expect(low(5)).toMatch(/< 2\b/);
    expect(low(1)).toMatch(/< 1\b/);
  });

  (hasPromtool ? it : it.skip)('are what Prometheus takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rules-'));
    try {
      const files = rulesOf(PRODUCTION).map(({ metadata, spec }) => {
        const file = join(folder, `${metadata.name}.yaml`);
        writeFileSync(file, stringify(spec));
        return file;
      });
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', ...files], {
        encoding: 'utf8',
      });
      expect(`${stdout}${stderr}`).toContain('SUCCESS');
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the dashboards', () => {
  it('come as they are, one ConfigMap each, where the sidecar of Grafana looks', () => {
    const files = readdirSync(`${CHART}/dashboards`).filter((file) => file.endsWith('.json'));
    const found = PRODUCTION.filter(({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1');
    expect(found.map(({ data }) => Object.keys(data!))).toEqual(
      files.map((file) => [`number-verification-${file}`]),
    );
    for (const { data, metadata } of found) {
      const [text] = Object.values(data!);
      expect(JSON.parse(text!)).toHaveProperty('panels');
      expect(metadata.annotations).toEqual({ grafana_folder: 'Verification' });
    }
  });
});
