import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const RULES_FOLDER = 'helm/number-verification-gateway/rules';
const FILES = ['recording.yaml', 'alerts.yaml'] as const;

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}

/** The words to be replaced with their defaults, as the README beside the rules has them. */
export function ruleWords(): Map<string, string> {
  const readme = readFileSync(`${RULES_FOLDER}/README.md`, 'utf8');
  return new Map(
    [...readme.matchAll(/^\| `(__[A-Z_]+__)`\s*\| `([^`]+)`/gm)].map(([, word, value]) => [word!, value!]),
  );
}

/** The rule files as they lie there. */
export function ruleSources(): string[] {
  return FILES.map((file) => readFileSync(`${RULES_FOLDER}/${file}`, 'utf8'));
}

/** All groups of both files, ready for Prometheus. @param values in the place of some words' defaults */
export function renderRules(values: Readonly<Record<string, string>> = {}): RuleGroup[] {
  const words = new Map([...ruleWords(), ...Object.entries(values)]);
  return ruleSources().flatMap((source) => {
    const text = source.replaceAll(/__[A-Z_]+__/g, (word) => words.get(word) ?? word);
    return (parse(text) as { groups: RuleGroup[] }).groups;
  });
}

export function alertsOf(groups: readonly RuleGroup[]): AlertRule[] {
  return groups.flatMap(({ rules }) => rules.filter((rule): rule is AlertRule => 'alert' in rule));
}

export function recordingsOf(groups: readonly RuleGroup[]): RecordingRule[] {
  return groups.flatMap(({ rules }) => rules.filter((rule): rule is RecordingRule => 'record' in rule));
}
