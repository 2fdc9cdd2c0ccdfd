import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_CONTROLLERS } from '../../src/admin/controllers.js';
import { operationsOf } from '../../src/admin/operation.js';
import { alertsOf, renderRules } from './rules.js';

const FOLDER = 'docs/runbooks';
const HEADINGS = ['Meaning', 'Impact on callers', 'First queries', 'Likely causes', 'Actions', 'Escalation'];
const files = readdirSync(FOLDER);

test('there is a runbook for every alert, and none for anything else', () => {
  const alerts = alertsOf(renderRules()).map(({ alert }) => `${alert}.md`);
  expect(files.toSorted()).toEqual([...new Set(alerts)].toSorted());
});

describe.each(files)('%s', (file) => {
  let text: string;
  beforeAll(() => {
    text = readFileSync(`${FOLDER}/${file}`, 'utf8');
  });

  test('answers the same six questions, each of them', () => {
    expect(text).toMatch(new RegExp(`^# ${file.replace('.md', '')}\n`));
    const sections = text.split(/^## /m).slice(1);
    expect(sections.map((section) => section.split('\n')[0])).toEqual(HEADINGS);
    for (const section of sections) expect(section.trim().split('\n').length).toBeGreaterThan(2);
    expect(sections[2]).toContain('```promql');
  });

  test('points to pages that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);
    expect(links.filter((path) => !existsSync(`${FOLDER}/${path}`))).toEqual([]);
  });

  test('asks the admin API for what it has', () => {
    const paths = new Set(operationsOf(ADMIN_CONTROLLERS).map(({ fullPath }) => shape(fullPath)));
    const asked = [...text.matchAll(/\bapi "?([a-z][\w/<>-]*)/g)].map(
      ([, path]) => `/admin/v1/${shape(path!)}`,
    );
    expect(asked.filter((path) => !paths.has(path))).toEqual([]);
  });

  test('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

/** Whatever stands for a value is the same: `{id}`, `<operator>`, and the `api` of `breakers/api`. */
function shape(path: string): string {
  return path.replaceAll(/\{\w+\}|<[\w-]+>/g, '*').replace(/breakers\/\w+$/, 'breakers/*');
}
