import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { CHART, Values, template, withLeast } from './chart.js';

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  $defs?: Record<string, Schema>;
  $comment?: string;
  $ref?: string;
}

const unknown = (name: string): RegExp => new RegExp(`additional propert.* '?${name}'? .*not allowed`, 'i');

const schema = JSON.parse(readFileSync(`${CHART}/values.schema.json`, 'utf8')) as Schema;

describe('the schema of the values', () => {
  // Helm 3 and helm 4 say it in other words.
  it.each<[string, Values, RegExp]>([
    ['a misspelt value', { repliacs: 3 }, unknown('repliacs')],
    ['a misspelt value further down', { ledger: { journal: { sise: 1 } } }, unknown('sise')],
    ['a text where a number belongs', { replicaCount: 'two' }, /replicaCount.*string/],
    ['no pod at all', { replicaCount: 0 }, /replicaCount/],
    ['a policy that is none', { ledger: { policy: 'maybe' } }, /ledger.policy/],
    ['an address that is no block', { trustedProxies: ['10.0.0.1'] }, /trustedProxies.0/],
    ['an issuer with a path', { publicUrl: 'https://gateway.example/v1' }, /publicUrl/],
    ['a setting that the gateway does not read', { config: { LOG_LEVLE: 'info' } }, unknown('LOG_LEVLE')],
    ['a secret among the settings', { config: { KEY_ENCRYPTION_KEY: 'x' } }, unknown('KEY_ENCRYPTION_KEY')],
    ['a digest that is none', { image: { digest: 'latest' } }, /image.digest/],
    [
      'an objective off the histogram',
      { metrics: { prometheusRule: { slo: { overheadMs: 30 } } } },
      /overheadMs/,
    ],
  ])('refuses %s', (_what, values, complaint) => {
    const { ok, stderr } = template(withLeast(values));
    expect(ok).toBe(false);
    expect(stderr).toMatch(complaint);
  });

  it('is closed at every level that is not handed to Kubernetes as it is', () => {
    expect([...openLevels(schema, 'values')]).toEqual([]);
  });

  it('describes every value that has a default, and nothing else', () => {
    const defaults = parse(readFileSync(`${CHART}/values.yaml`, 'utf8')) as Values;
    expect(
      Object.keys(schema.properties!)
        .filter((name) => name !== 'global')
        .toSorted(),
    ).toEqual(Object.keys(defaults).toSorted());
  });
});

describe('what would install and then not work is refused', () => {
  it.each<[string, Values, string]>([
    [
      'less time to end than the drain takes',
      { terminationGracePeriodSeconds: 20 },
      'more than 20 is needed',
    ],
    [
      'a sandbox beside secrets of operators',
      { sandbox: { enabled: true }, operators: { existingSecret: 'real' } },
      'simulated operators do not run beside',
    ],
    ['no operator', { operators: { builtIn: false } }, 'no other operator is given'],
    [
      'a ConfigMap of unknown operators',
      { operators: { existingConfigMap: { name: 'x' } } },
      'existingConfigMap.ids',
    ],
    ['an ingress without a host', { ingress: { enabled: true } }, 'ingress.hosts: name at least one'],
    ['one port for two', { management: { port: 3000 } }, 'another one than service.port'],
    [
      'more at least than at most',
      { autoscaling: { enabled: true, minReplicas: 9 } },
      'less than minReplicas',
    ],
    ['no database', { database: { existingSecret: '' } }, 'database.existingSecret:'],
  ])('%s', (_what, values, complaint) => {
    const { ok, stderr } = template(withLeast(values));
    expect(ok).toBe(false);
    expect(stderr).toContain(complaint);
  });
});

function* openLevels(level: Schema, path: string): Generator<string> {
  if (level.type === 'object' && level.$comment === undefined && level.additionalProperties !== false) {
    const closed =
      typeof level.additionalProperties === 'object' && Object.keys(level.additionalProperties).length > 0;
    if (!closed) yield path;
  }
  for (const [name, inner] of Object.entries({ ...level.properties, ...level.$defs })) {
    yield* openLevels(inner, `${path}.${name}`);
  }
  if (level.items) yield* openLevels(level.items, `${path}[]`);
}
