import { RowResult, RunResult } from './result.js';

/** JUnit XML: a suite per phase, a test case per row. */
export function toJunit({ rows, seconds }: RunResult): string {
  const suites = [...Map.groupBy(rows, ({ phase }) => phase)].map(([phase, results]) =>
    suite(phase, results),
  );
  const { failures, skipped } = counts(rows);
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<testsuites name="resilience" tests="${rows.length}" failures="${failures}" skipped="${skipped}" time="${seconds}">\n` +
    `${suites.join('')}</testsuites>\n`
  );
}

function suite(phase: string, results: readonly RowResult[]): string {
  const { failures, skipped } = counts(results);
  const time = results.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3);
  return (
    `  <testsuite name="${escape(phase)}" tests="${results.length}" failures="${failures}" skipped="${skipped}" time="${time}">\n` +
    `${results.map(testCase).join('')}  </testsuite>\n`
  );
}

function testCase({ id, title, phase, outcome, seconds, figures, problems }: RowResult): string {
  const head = `    <testcase name="${escape(`${id} ${title}`)}" classname="resilience.${escape(phase)}" time="${seconds}">`;
  const said = escape(problems.join('\n'));
  const body = {
    pass: '',
    fail: `<failure message="${escape(problems[0] ?? '')}">${said}</failure>`,
    skip: `<skipped message="${said}"/>`,
  }[outcome];
  const properties = Object.entries(figures)
    .map(([name, value]) => `<property name="${escape(name)}" value="${escape(String(value))}"/>`)
    .join('');
  return `${head}<properties>${properties}</properties>${body}</testcase>\n`;
}

function counts(rows: readonly RowResult[]): { failures: number; skipped: number } {
  return {
    failures: rows.filter(({ outcome }) => outcome === 'fail').length,
    skipped: rows.filter(({ outcome }) => outcome === 'skip').length,
  };
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[^\P{Cc}\n]/gu, '');
}
