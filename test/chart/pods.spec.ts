import { describe, expect, it } from '@jest/globals';
import { CASES, Values, render, withLeast } from './chart.js';
import { gatewayOf, podsOf, workloadOf } from './pods.js';

/** What the process needs beside the drain, in seconds, before it gives itself up: `ENDS_WITHIN_MS` of src/process-end.ts. */
const ENDS_WITHIN = 9.5;

describe.each([...CASES])('the pods of the chart with the %s values', (_name, values) => {
  const objects = render(values);
  const workload = workloadOf(objects);

  it('have no privileges, no token of Kubernetes, and requests for every container', () => {
    for (const { pod } of podsOf(objects)) {
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const { securityContext, resources } of pod.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(Object.keys(resources!.requests!)).toEqual(expect.arrayContaining(['cpu', 'memory']));
        expect(Object.keys(resources!.limits!)).toContain('memory');
      }
    }
  });

  it('are asked on the management port; a start without PostgreSQL is no reason to kill', () => {
    const { startupProbe, livenessProbe, readinessProbe } = gatewayOf(objects);
    expect(startupProbe!.httpGet).toEqual({ path: '/livez', port: 'management' });
    expect(livenessProbe!.httpGet).toEqual({ path: '/livez', port: 'management' });
    expect(readinessProbe!.httpGet).toEqual({ path: '/readyz', port: 'management' });
  });

  it('have more time to end than they can need', () => {
    const { shutdown } = values as { shutdown?: { preStopSeconds: number; drainSeconds: number } };
    const { preStopSeconds, drainSeconds } = shutdown ?? { preStopSeconds: 5, drainSeconds: 5 };
    const { lifecycle } = gatewayOf(objects);
    expect(lifecycle?.preStop.sleep.seconds ?? 0).toBe(preStopSeconds);
    expect(workload.spec.template.spec.terminationGracePeriodSeconds!).toBeGreaterThan(
      preStopSeconds + drainSeconds + ENDS_WITHIN,
    );
  });

  it('can write to their data folder, and nowhere else', () => {
    const { volumeMounts } = gatewayOf(objects);
    const writable = volumeMounts!.filter(({ readOnly }) => !readOnly).map(({ mountPath }) => mountPath);
    expect(writable).toEqual(expect.arrayContaining(['/data']));
    expect(writable.filter((path) => path !== '/data' && path !== '/more')).toEqual([]);
    const volumes = [
      ...(workload.spec.template.spec.volumes ?? []).map(({ name }) => name),
      ...(workload.spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
    ];
    expect(volumes.toSorted()).toEqual(volumeMounts!.map(({ name }) => name).toSorted());
  });

  it('are selected by labels that no other pod has and that stay', () => {
    const { matchLabels } = workload.spec.selector;
    expect(Object.keys(matchLabels)).toEqual([
      'app.kubernetes.io/name',
      'app.kubernetes.io/instance',
      'app.kubernetes.io/component',
    ]);
    expect(workload.spec.template.metadata.labels).toMatchObject(matchLabels);
    const others = objects.filter(({ kind }) => kind === 'Pod' || kind === 'Job');
    for (const { metadata } of others) {
      expect(metadata.labels?.['app.kubernetes.io/component']).not.toBe('gateway');
    }
  });
});

describe('the pods', () => {
  const annotationsWith = (values: Values) =>
    workloadOf(render(withLeast(values))).spec.template.metadata.annotations;

  it('start anew when a setting changes, and only then', () => {
    const before = annotationsWith({});
    expect(annotationsWith({ replicaCount: 2, ingress: { enabled: true, hosts: [{ host: 'a' }] } })).toEqual(
      before,
    );
    for (const change of [
      { config: { LOG_LEVEL: 'debug' } },
      { publicUrl: 'https://other.example' },
      { ledger: { policy: 'closed' } },
    ]) {
      expect(annotationsWith(change)['checksum/config']).not.toBe(before['checksum/config']);
    }
    const manifests = { operators: { manifests: { one: 'id: one' } } };
    expect(annotationsWith(manifests)['checksum/operators']).not.toBe(before['checksum/operators']);
  });

  it('keep the journal on a claim of their own where it is to outlive them', () => {
    const workload = workloadOf(render(CASES.get('production')!));
    expect(workload.kind).toBe('StatefulSet');
    const [claim] = workload.spec.volumeClaimTemplates!;
    expect(claim).toMatchObject({
      metadata: { name: 'data' },
      spec: { resources: { requests: { storage: '4Gi' } } },
    });
    expect(workload.spec).toMatchObject({
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
  });

  it('find operators in folders of their own: a folder of links would be passed over', () => {
    const { volumeMounts } = gatewayOf(render(CASES.get('operators')!));
    const folder = '/etc/number-verification-gateway/operators';
    expect(volumeMounts).toContainEqual({
      name: 'operator-example-mobile',
      mountPath: `${folder}/example-mobile`,
      readOnly: true,
    });
    expect(volumeMounts!.map(({ mountPath }) => mountPath)).toContain(`${folder}/other-mobile`);
  });

  it('run the image of the digest, where one is given', () => {
    expect(gatewayOf(render(CASES.get('production')!)).image).toMatch(/gateway@sha256:1{64}$/);
    expect(gatewayOf(render(withLeast({ image: { tag: '9.9.9' } }))).image).toBe(
      'number-verification-gateway:9.9.9',
    );
  });
});
