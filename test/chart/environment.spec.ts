import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Environment } from '../../src/config/environment.js';
import { CASES, CHART, Rendered, render, the, withLeast } from './chart.js';
import { EnvVar, gatewayOf, podsOf } from './pods.js';

/** Not of the gateway's own table, and why the chart sets them all the same. */
const NOT_OURS: Readonly<Record<string, string>> = {
  PGPASSWORD:
    'node-postgres takes the password from it when the URL has none: nobody has to encode it for a URL',
};
/** Variables of the gateway that the chart does not let anybody set, and why. */
const NOT_SET: Readonly<Record<string, string>> = {
  NODE_ENV: 'the image says production',
  GIT_COMMIT: 'the image says which it was made of',
  JOURNAL_DIR: 'the journal must lie in DATA_DIR, the only volume that can be written to',
};

const known = Object.keys(Environment.shape);
const secrets = known.filter(
  (name) => Environment.shape[name as keyof typeof Environment.shape].meta()?.secret === true,
);
const settable = Object.keys(
  (
    JSON.parse(readFileSync(`${CHART}/values.schema.json`, 'utf8')) as {
      properties: { config: { properties: object } };
    }
  ).properties.config.properties,
);

/** What the chart itself sets: extraEnv and extraEnvFrom belong to whoever gives them. */
function variablesOf(objects: readonly Rendered[], name: string): EnvVar[] {
  const extra = new Set(
    ((CASES.get(name)?.['extraEnv'] as EnvVar[] | undefined) ?? []).map((variable) => variable.name),
  );
  const settings = the(objects, 'ConfigMap', '-gateway').data!;
  const inPods = podsOf(objects)
    .filter(({ owner }) => !owner.startsWith('Pod '))
    .flatMap(({ pod }) => pod.containers.flatMap(({ env }) => env ?? []));
  return [
    ...Object.entries(settings).map(([key, value]) => ({ name: key, value })),
    ...inPods.filter((variable) => !extra.has(variable.name)),
  ];
}

const renders = [...CASES].filter(([, values]) => values['fullnameOverride'] === undefined);
const all = renders.flatMap(([name, values]) => variablesOf(render(values), name));

describe('the environment that the chart gives', () => {
  it('has only variables that the gateway reads', () => {
    const unknown = all.filter(({ name }) => !known.includes(name) && NOT_OURS[name] === undefined);
    expect(unknown).toEqual([]);
  });

  it('can have every variable that the gateway reads, but those that are listed with a reason', () => {
    const set = new Set([...all.map(({ name }) => name), ...settable]);
    expect(known.filter((name) => !set.has(name) && NOT_SET[name] === undefined)).toEqual([]);
    expect(Object.keys(NOT_SET).filter((name) => set.has(name) || !known.includes(name))).toEqual([]);
  });

  it('takes under config no secret, nothing that has a value of its own, and nothing that does not exist', () => {
    const plain = the(render(withLeast({})), 'ConfigMap').data!;
    expect(
      settable.filter((name) => secrets.includes(name) || name in plain || !known.includes(name)),
    ).toEqual([]);
  });

  it('refers to secrets and never holds one', () => {
    const held = all.filter(
      ({ name, value }) => value !== undefined && (secrets.includes(name) || name in NOT_OURS),
    );
    // A URL that the chart puts together: host, role and database; the password comes apart.
    expect(held.map(({ name }) => name)).toEqual(['DATABASE_URL', 'DATABASE_URL']);
    for (const { value } of held) expect(new URL(value!).password).toBe('');
    for (const { name, valueFrom } of all.filter(
      (variable) => secrets.includes(variable.name) && !variable.value,
    )) {
      expect([name, valueFrom?.secretKeyRef?.name]).toEqual([name, expect.stringMatching(/^gateway-/)]);
    }
    expect(renders.flatMap(([, values]) => render(values)).filter(({ kind }) => kind === 'Secret')).toEqual(
      [],
    );
  });

  it('is taken by the gateway as it is', () => {
    const settings = the(render(withLeast(CASES.get('production')!)), 'ConfigMap', '-gateway').data!;
    const parsed = Environment.safeParse(settings);
    expect(parsed.error?.issues).toBeUndefined();
    expect(parsed.data).toMatchObject({
      JOURNAL_MAX_BYTES: 2_147_483_648,
      MAX_IN_FLIGHT: 512,
      DRAIN_SECONDS: 5,
      OTEL_TRACES_SAMPLER_ARG: 0.1,
    });
    expect(parsed.data?.TRUSTED_PROXIES).toEqual(['10.0.0.0/8', 'fd00::/8']);
  });

  it('shares the limits out among as many pods as there can be', () => {
    const replicasOf = (values: object) =>
      the(render(withLeast(values as never)), 'ConfigMap').data!['REPLICAS'];
    expect(replicasOf({ replicaCount: 5 })).toBe('5');
    expect(replicasOf({ autoscaling: { enabled: true, maxReplicas: 9 } })).toBe('9');
    expect(replicasOf({ limits: { replicas: 40 } })).toBe('40');
  });

  it('gives operators their secrets under the one prefix, so that a Secret cannot change a setting', () => {
    const { envFrom } = gatewayOf(render(CASES.get('production')!));
    expect(envFrom).toContainEqual({ prefix: 'OPERATOR_SECRET_', secretRef: { name: 'operator-secrets' } });
  });

  it('gives the migrations the database and nothing else', () => {
    const job = podsOf(render(CASES.get('production')!)).find(({ owner }) => owner.startsWith('Job '))!;
    const [container] = job.pod.containers;
    expect(container!.env!.map(({ name }) => name)).toEqual(['DATABASE_URL', 'PGPASSWORD']);
    expect(container!.envFrom).toBeUndefined();
  });
});
