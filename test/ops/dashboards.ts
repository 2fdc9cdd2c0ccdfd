import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = 'helm/number-verification-gateway/dashboards';

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly thresholds?: object } };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly panels: readonly Panel[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  /** Of a `query` variable: `label_values(metric{…}, label)`. */
  readonly definition?: string;
}

/** One query of a panel, variables as they stand there. */
export interface Query {
  /** For people: dashboard, panel and reference. */
  readonly place: string;
  readonly expr: string;
  /** Shows something now and then, such as a start, and has no data in between. */
  readonly event?: true;
}

/** All dashboards by name of their file, without `.json`. */
export function dashboards(): Map<string, Dashboard> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  return new Map(
    files.map((name) => [
      name.replace(/\.json$/, ''),
      JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as Dashboard,
    ]),
  );
}

/** Every query that a dashboard sends: of its panels and annotations. */
export function queriesOf(name: string, { panels, annotations }: Dashboard): Query[] {
  return [
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ refId, expr }) => ({ place: `${name} / ${title} / ${refId}`, expr })),
    ),
    ...annotations.list.map(({ expr }, index) => ({
      place: `${name} / annotation ${index + 1}`,
      expr,
      event: true as const,
    })),
  ];
}

/** Puts what Grafana would put in: everything chosen. @param range for `$__rate_interval` */
export function withVariables(expr: string, range: string): string {
  return expr
    .replaceAll('$__rate_interval', range)
    .replaceAll('$objective', '0.999')
    .replaceAll(/=~"\$(?:job|operator|operation|tenant|instance)"/g, '=~".*"');
}
