import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { conformanceRows, rowsOf, unproven } from './support/conformance-table.js';
import { hasTest } from './support/spec-titles.js';

const rows = conformanceRows(process.cwd());
const RULES = 23;

describe('the conformance tables', () => {
  test('have every rule of the CAMARA profile', () => {
    const groups = new Set(rows.map(({ id }) => Number(id.split('.')[0])));
    expect([...groups].sort((a, b) => a - b)).toEqual(Array.from({ length: RULES }, (_, index) => index + 1));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  test('give each rule a level, and a test or a reason why there is none', () => {
    const wrong = rows.filter(
      ({ level, tests, notApplicable }) =>
        !/^(MUST|MUST NOT|SHOULD|SHOULD NOT|RECOMMENDED|MAY|–)$/.test(level) ||
        (tests.length === 0) === (notApplicable === undefined),
    );
    expect(wrong.map(({ place }) => place)).toEqual([]);
  });

  test('name tests that exist', () => {
    const missing = rows.flatMap(({ place, tests }) =>
      tests
        .filter(({ file, titles }) => !hasTest(readFileSync(file, 'utf8'), titles))
        .map(({ file, titles }) => `${place}: ${[file, ...titles].join(' › ')}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('a table that names a test', () => {
  const source = `
    describe('a code', () => {
      test('is used once', () => {});
      test.each([['late'], ['torn']])('that is %s opens nothing', () => {});
      describe('of another', () => test.skip('is not taken', () => {}));
    });
    function twice(name, run) { test(name, run); }
    twice('a race has one winner', () => {});`;

  test.each([
    ['as it stands', ['a code', 'is used once']],
    ['by its template', ['a code', 'that is %s opens nothing']],
    ['by one of its cases', ['a code', 'that is torn opens nothing']],
    ['in a group of a group', ['a code', 'of another', 'is not taken']],
    ['that a function of the file registers', ['a race has one winner']],
  ])('finds it %s', (_how, titles) => {
    expect(hasTest(source, titles)).toBe(true);
  });

  test.each([
    ['a title that is not there', ['a code', 'is used twice']],
    ['a case that is not there', ['a code', 'that is green opens nothing']],
    ['a title without its group', ['is used once']],
    ['a group', ['a code']],
  ])('does not find %s', (_what, titles) => {
    expect(hasTest(source, titles)).toBe(false);
  });

  const [row] = rowsOf('| 4.1 | codes are used once | MUST | `test/x.spec.ts › a code › is %s` |', 'x.md');
  const ran = (title: string, status: string, file = 'test/x.spec.ts') => ({
    file,
    titles: ['a code', title],
    status,
  });

  test.each([
    ['it was skipped', [ran('is once', 'pending')], false],
    ['one of its cases was skipped', [ran('is once', 'passed'), ran('is twice', 'pending')], false],
    ['it was renamed', [ran('was once', 'passed')], false],
    ['its file was not run, in a run of everything', [ran('is once', 'passed', 'test/y.spec.ts')], true],
    ['nothing was run, in a run of everything', [], true],
  ])('is not proven when %s', (_why, outcomes, whole) => {
    expect(unproven([row!], outcomes, whole)).toHaveLength(1);
  });

  test.each([
    ['it passed', [ran('is once', 'passed')], true],
    ['it failed, which fails the run anyway', [ran('is once', 'failed')], true],
    ['its file was not part of the run', [], false],
  ])('has nothing against it when %s', (_why, outcomes, whole) => {
    expect(unproven([row!], outcomes, whole)).toEqual([]);
  });
});
