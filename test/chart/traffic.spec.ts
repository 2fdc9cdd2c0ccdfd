import { describe, expect, it } from '@jest/globals';
import { CASES, Rendered, Values, render, template, the, withLeast } from './chart.js';
import { workloadOf } from './pods.js';

interface Ingress extends Rendered {
  spec: {
    rules: {
      host: string;
      http: { paths: { path: string; backend: { service: { name: string; port: object } } }[] };
    }[];
  };
}
interface Service extends Rendered {
  spec: { type: string; clusterIP?: string; ports: { name: string; port: number }[]; selector: object };
}

const PRODUCTION = render(CASES.get('production')!);
const kindsWith = (values: Values) => render(withLeast(values)).map(({ kind }) => kind);
const pathsOf = (ingress: Ingress) =>
  ingress.spec.rules.flatMap(({ http }) => http.paths.map(({ path }) => path));

describe('the number of pods', () => {
  it('is left to the autoscaler where there is one', () => {
    const objects = render(CASES.get('autoscaling')!);
    expect(workloadOf(objects).spec).not.toHaveProperty('replicas');
    expect(the(objects, 'HorizontalPodAutoscaler').spec).toMatchObject({
      minReplicas: 3,
      maxReplicas: 12,
      scaleTargetRef: { kind: 'Deployment', name: workloadOf(objects).metadata.name },
    });
    expect(workloadOf(render(withLeast({ replicaCount: 4 }))).spec.replicas).toBe(4);
  });

  it('is guarded by a disruption budget only where one pod may go', () => {
    expect(kindsWith({ replicaCount: 2 })).toContain('PodDisruptionBudget');
    expect(kindsWith({ replicaCount: 1 })).not.toContain('PodDisruptionBudget');
    expect(kindsWith({ autoscaling: { enabled: true, minReplicas: 1 } })).not.toContain(
      'PodDisruptionBudget',
    );
    expect(kindsWith({ podDisruptionBudget: { enabled: false } })).not.toContain('PodDisruptionBudget');
  });

  it('above one is warned about without Redis', () => {
    // Only an install prints the notes; a dry run of it needs no cluster.
    const notes = (values: Values) => template(withLeast({ ...values, extraObjects: [NOTES] })).stdout;
    expect(notes({ replicaCount: 3 })).toContain('WARNING: up to 3 pods, and no Redis');
    expect(notes({ replicaCount: 1 })).not.toContain('no Redis');
    expect(notes({ redis: { existingSecret: 'r' } })).not.toContain('no Redis');
  });
});

/** Helm shows the notes of a template nowhere: an object of the render carries them. */
const NOTES = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'notes' },
  data: { text: '{{ include (print $.Template.BasePath "/NOTES.txt") . }}' },
};

describe('what can be reached from outside', () => {
  it('is the API: the management port is in no ingress, and on no Service that a load balancer carries', () => {
    const services = PRODUCTION.filter(({ kind }) => kind === 'Service') as Service[];
    const carrying = services.filter(({ spec }) => spec.ports.some(({ name }) => name === 'management'));
    expect(carrying.map(({ spec }) => [spec.type, spec.clusterIP])).toEqual([['ClusterIP', 'None']]);
    expect(carrying[0]!.spec.ports).toHaveLength(1);
    const ingresses = PRODUCTION.filter(({ kind }) => kind === 'Ingress') as Ingress[];
    expect(ingresses).toHaveLength(2);
    for (const { spec } of ingresses) {
      for (const { backend } of spec.rules.flatMap(({ http }) => http.paths)) {
        expect(backend.service).toEqual({ name: services[0]!.metadata.name, port: { name: 'http' } });
      }
    }
  });

  it('has the admin API on a host of its own only', () => {
    expect(pathsOf(the(PRODUCTION, 'Ingress', '-admin') as Ingress)).toEqual(['/admin']);
    const api = pathsOf(the(PRODUCTION, 'Ingress', '-gateway') as Ingress);
    expect(api).toEqual(
      expect.arrayContaining(['/number-verification', '/authorize', '/token', '/upstream']),
    );
    expect(api.filter((path) => '/admin'.startsWith(path))).toEqual([]);
  });

  it('is nothing at all unless it is asked for', () => {
    const kinds = kindsWith({});
    for (const kind of ['Ingress', 'NetworkPolicy', 'ServiceMonitor', 'PrometheusRule']) {
      expect(kinds).not.toContain(kind);
    }
  });

  it('is limited by a network policy that still lets the smoke test in', () => {
    const { spec } = the(PRODUCTION, 'NetworkPolicy');
    expect(spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
    const { ingress, egress } = spec as {
      ingress: { ports: { port: string }[]; from: object[] }[];
      egress: object[];
    };
    const management = ingress.find(({ ports }) => ports[0]!.port === 'management')!;
    expect(JSON.stringify(management.from)).toContain('"app.kubernetes.io/component":"test"');
    expect(JSON.stringify(egress)).toContain('6379');
    expect(
      JSON.stringify(the(render(withLeast({ networkPolicy: { enabled: true } })), 'NetworkPolicy')),
    ).not.toContain('6379');
  });
});

describe('the hook', () => {
  it('brings the schema up to date before the pods of an install or an upgrade, and needs nothing of the chart', () => {
    const job = the(PRODUCTION, 'Job');
    expect(job.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade' });
    expect(JSON.stringify(job)).not.toContain('configMapRef');
    expect(JSON.stringify(job)).not.toContain('serviceAccountName');
    expect(kindsWith({ migrations: { enabled: false } })).not.toContain('Job');
  });
});
