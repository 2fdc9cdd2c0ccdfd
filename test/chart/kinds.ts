import { Rendered } from './chart.js';

type Model = new (object: Rendered) => { validate(): void };

/** Whence the types are imported, and how their models: they are for `import` alone, so not before they are needed. */
const BY_VERSION: Readonly<Record<string, readonly [module: string, load: () => Promise<object>]>> = {
  v1: ['kubernetes-models/v1', () => import('kubernetes-models/v1')],
  'apps/v1': ['kubernetes-models/apps/v1', () => import('kubernetes-models/apps/v1')],
  'autoscaling/v2': ['kubernetes-models/autoscaling/v2', () => import('kubernetes-models/autoscaling/v2')],
  'batch/v1': ['kubernetes-models/batch/v1', () => import('kubernetes-models/batch/v1')],
  'networking.k8s.io/v1': [
    'kubernetes-models/networking.k8s.io/v1',
    () => import('kubernetes-models/networking.k8s.io/v1'),
  ],
  'policy/v1': ['kubernetes-models/policy/v1', () => import('kubernetes-models/policy/v1')],
  'monitoring.coreos.com/v1': [
    '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
    () => import('@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'),
  ],
};

/** @throws Error for a version that the chart has not used so far */
function kindsOf({ apiVersion }: Rendered): (typeof BY_VERSION)[string] {
  const found = BY_VERSION[apiVersion];
  if (!found) throw new Error(`${apiVersion} is not known to test/chart/kinds.ts`);
  return found;
}

/** The TypeScript type of this object. */
export const typeOf = (object: Rendered): string => `import('${kindsOf(object)[0]}').I${object.kind}`;

/** @throws Error when a field is missing, or of another type than Kubernetes has it */
export async function validate(object: Rendered): Promise<void> {
  const models = (await kindsOf(object)[1]()) as Record<string, Model>;
  const model = models[object.kind];
  if (!model) throw new Error(`${object.apiVersion} has no ${object.kind}`);
  new model(object).validate();
}
