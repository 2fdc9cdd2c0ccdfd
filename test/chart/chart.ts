import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';

export const CHART = 'helm/number-verification-gateway';
/** The name of the release in every render. */
const RELEASE = 'nv';

export type Values = Record<string, unknown>;

/** A rendered object, as far as every kind has it. */
export interface Rendered {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: unknown;
  data?: Record<string, string>;
}

interface Answer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** What has no default. */
const LEAST: Values = parse(readFileSync(join(CHART, 'ci/default-values.yaml'), 'utf8')) as Values;

/** The chart's example values, by name. */
export const CASES: ReadonlyMap<string, Values> = new Map(
  readdirSync(join(CHART, 'ci'))
    .filter((file) => file.endsWith('-values.yaml'))
    .map((file) => [
      file.replace(/-values\.yaml$/, ''),
      parse(readFileSync(join(CHART, 'ci', file), 'utf8')) as Values,
    ]),
);

/** Runs helm with nobody's own settings and plugins, over the chart with these values. */
export function helm(command: readonly string[], values: Values): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'chart-'));
  try {
    const file = join(folder, 'values.yaml');
    writeFileSync(file, stringify(values));
    const { status, stdout, stderr } = spawnSync(
      process.env['CHART_TEST_HELM']!,
      [...command, CHART, '--values', file],
      { encoding: 'utf8', env: { HOME: folder, PATH: process.env['PATH'] }, maxBuffer: 16 * 1024 * 1024 },
    );
    return { ok: status === 0, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Notes included, as `helm install` would print them. */
export const template = (values: Values): Answer => helm(['template', RELEASE], values);

/**
 * Renders the chart.
 * @throws Error with what helm says, when it refuses
 */
export function render(values: Values): Rendered[] {
  const { ok, stdout, stderr } = template(values);
  if (!ok) throw new Error(stderr);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

/** The chart's least values with these on top, section by section. */
export function withLeast(values: Values): Values {
  return merged(LEAST, values);
}

function merged(base: Values, top: Values): Values {
  const both = Object.entries(top).map(([key, value]) => {
    const below = base[key];
    return [key, isSection(below) && isSection(value) ? merged(below, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(both) };
}

const isSection = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The one object of this kind, and of this name where there are several. */
export function the(objects: readonly Rendered[], kind: string, suffix?: string): Rendered {
  const found = objects.filter(
    (object) => object.kind === kind && (suffix === undefined || object.metadata.name.endsWith(suffix)),
  );
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind} ${suffix ?? ''}`);
  return found[0]!;
}
