import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { AlertCase, Input, Situation } from './alert-case.js';
import { RuleGroup, alertsOf, recordingsOf, renderRules } from './rules.js';

const FOUND = spawnSync('promtool', ['--version']).status === 0;
const JOB = 'nvgw';

/** Whether promtool is there; says loudly when it is not. */
export function promtoolInstalled(): boolean {
  if (!FOUND) {
    console.warn(
      'SKIPPED: no promtool on the PATH (Debian: apt-get install prometheus), so no alert was tried',
    );
  }
  return FOUND;
}

/** @param input for stdin. @returns its exit code and all it said */
export function promtool(args: readonly string[], input = ''): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    input,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status, output: `${stdout}${stderr}` };
}

interface Expectation extends Situation {
  readonly alert: string;
  /** Undefined: silent. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Every situation of this case, with what is to come of it. */
export function expectationsOf({ alert, labels, fires, silent }: AlertCase): Expectation[] {
  return [
    ...fires.map((situation) => ({ ...situation, alert, labels })),
    ...silent.map((situation) => ({ ...situation, alert })),
  ];
}

/**
 * Lets promtool play situations to the rules. What an alert tells people is left out: promtool would want every word again.
 * @returns what promtool said against it; empty for nothing
 */
export function play(
  expectations: readonly Expectation[],
  { step, words = {} }: Pick<AlertCase, 'step' | 'words'>,
): string {
  const rules = renderRules({ __JOB__: JOB, ...words });
  const groups = bare(rules, new Set(expectations.map(({ alert }) => alert)));
  const severities = new Map(alertsOf(rules).map(({ alert, labels }) => [alert, labels['severity']!]));
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
  try {
    const tests = [...Map.groupBy(expectations, ({ input }) => input)].map(([input, expected]) => ({
      name: expected
        .map(({ alert, labels, when }) => `${alert} ${labels ? 'fires' : 'is silent'} when ${when}`)
        .join(', '),
      interval: step,
      input_series: seriesOf(input),
      alert_rule_test: expected.map(({ alert, labels, at }) => ({
        eval_time: at,
        alertname: alert,
        exp_alerts: labels ? [{ exp_labels: { job: JOB, severity: severities.get(alert), ...labels } }] : [],
      })),
    }));
    const order = groups.map(({ name }) => name);
    const file = { rule_files: ['rules.yaml'], evaluation_interval: step, group_eval_order: order, tests };
    writeFileSync(join(folder, 'rules.yaml'), stringify({ groups }));
    writeFileSync(join(folder, 'tests.yaml'), stringify(file, { aliasDuplicateObjects: false }));
    const { status, output } = promtool(['test', 'rules', join(folder, 'tests.yaml')]);
    return status === 0 ? '' : output;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** These alerts, without intervals of their own, and the recorded series that they look at: others only take time. */
function bare(
  groups: readonly RuleGroup[],
  alerts: ReadonlySet<string>,
): { name: string; rules: object[] }[] {
  const wanted = alertsOf(groups).filter(({ alert }) => alerts.has(alert));
  const recorded = recordingsOf(groups).filter(({ record }) =>
    wanted.some(({ expr }) => expr.includes(record)),
  );
  const named = wanted.map(({ annotations: _told, ...rule }) => rule);
  return [
    { name: 'recorded', rules: recorded },
    { name: 'alerts', rules: named },
  ];
}

function seriesOf(input: Input): { series: string; values: string }[] {
  return Object.entries(input).map(([series, values]) => {
    const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(series)!;
    return { series: `${name}{job="${JOB}"${labels && `,${labels}`}}`, values };
  });
}
