import { Rendered } from './chart.js';

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: { name: string; key: string; optional?: boolean } };
}

export interface Container {
  name: string;
  image: string;
  env?: EnvVar[];
  envFrom?: { prefix?: string; configMapRef?: { name: string }; secretRef?: { name: string } }[];
  resources?: { requests?: object; limits?: object };
  securityContext?: Record<string, unknown>;
  livenessProbe?: { httpGet: { path: string; port: string } };
  readinessProbe?: { httpGet: { path: string; port: string } };
  startupProbe?: { httpGet: { path: string; port: string } };
  lifecycle?: { preStop: { sleep: { seconds: number } } };
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}

export interface PodSpec {
  automountServiceAccountToken?: boolean;
  terminationGracePeriodSeconds?: number;
  securityContext?: Record<string, unknown>;
  containers: Container[];
  volumes?: { name: string; emptyDir?: object; configMap?: { name: string } }[];
}

export interface Workload extends Rendered {
  spec: {
    replicas?: number;
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string>; annotations: Record<string, string> };
      spec: PodSpec;
    };
    volumeClaimTemplates?: {
      metadata: { name: string };
      spec: { resources: { requests: { storage: string } } };
    }[];
  };
}

/** The pods of every object that makes some. */
export function podsOf(objects: readonly Rendered[]): { owner: string; pod: PodSpec }[] {
  return objects.flatMap((object) => {
    const owner = `${object.kind} ${object.metadata.name}`;
    if (object.kind === 'Pod') return [{ owner, pod: object.spec as PodSpec }];
    const template = (object.spec as Partial<Workload['spec']> | undefined)?.template;
    return template ? [{ owner, pod: template.spec }] : [];
  });
}

/** The Deployment or the StatefulSet. */
export function workloadOf(objects: readonly Rendered[]): Workload {
  const found = objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  if (found.length !== 1) throw new Error(`${found.length} workloads`);
  return found[0] as Workload;
}

export const gatewayOf = (objects: readonly Rendered[]): Container =>
  workloadOf(objects).spec.template.spec.containers.find(({ name }) => name === 'gateway')!;
