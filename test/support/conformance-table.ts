import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** One rule of a specification and what shows that we keep it. */
export interface Row {
  /** Such as `7.3`: the rule's group and its place in it. */
  readonly id: string;
  readonly rule: string;
  readonly level: string;
  readonly tests: readonly NamedTest[];
  /** Why there is nothing to test; undefined where there are tests. */
  readonly notApplicable: string | undefined;
  /** `docs/conformance/x.md:12` */
  readonly place: string;
}

/** A test as the tables name it: `test/x.spec.ts › what it is about › what it guarantees`. */
interface NamedTest {
  readonly file: string;
  /** Outermost first; a `%s` stands for every row of a parametrized test. */
  readonly titles: readonly string[];
}

/** What a finished run says of one test. */
export interface TestOutcome {
  readonly file: string;
  readonly titles: readonly string[];
  readonly status: string;
}

const FOLDER = join('docs', 'conformance');
const NAMED = /`((?:src|test)\/[^`]+?\.spec\.ts) › ([^`]+)`/g;
/** What jest fills in, of a parametrized test. */
export const PLACEHOLDER = /%[sidfjop#]|\$[\w.]+/g;

/** Every row of every table in `docs/conformance`. @param root of the repository */
export function conformanceRows(root: string): Row[] {
  const folder = join(root, FOLDER);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.md'));
  return files.flatMap((name) => rowsOf(readFileSync(join(folder, name), 'utf8'), `${FOLDER}/${name}`));
}

/** Lines of the form `| 7.3 | rule | level | proof |`. @param name of the file, for messages */
export function rowsOf(markdown: string, name: string): Row[] {
  return markdown.split('\n').flatMap((line, index) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (!/^\d+(\.\d+)?$/.test(cells[1] ?? '') || cells.length !== 6) return [];
    const [, id, rule, level, proof] = cells as [string, string, string, string, string];
    const tests = [...proof.matchAll(NAMED)].map(([, file, titles]) => ({
      file: file!,
      titles: titles!.split(' › '),
    }));
    const notApplicable = /^n\/a because (.{10,})$/.exec(proof)?.[1];
    return [{ id, rule, level, tests, notApplicable, place: `${name}:${index + 1}` }];
  });
}

/** Whether a title is the one that is meant: word by word, or by a pattern of it. */
export function isTitle(named: string, title: string): boolean {
  if (named === title) return true;
  const pattern = named.split(PLACEHOLDER).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return pattern.length > 1 && new RegExp(`^${pattern.join('.+')}$`, 's').test(title);
}

/**
 * Tests of the tables that this run should have run and has not: skipped, renamed or gone. One that failed fails the
 * run by itself.
 * @param ran what came of each test of the files that were run
 * @param whole whether the run was of every file; otherwise only files that were run are judged
 */
export function unproven(rows: readonly Row[], ran: readonly TestOutcome[], whole: boolean): string[] {
  const files = new Set(ran.map(({ file }) => file));
  return rows.flatMap(({ id, place, tests }) =>
    tests
      .filter(({ file }) => whole || files.has(file))
      .filter((named) => !wasRun(named, ran))
      .map(({ file, titles }) => `${place} (rule ${id}): ${[file, ...titles].join(' › ')} was not run`),
  );
}

function wasRun({ file, titles }: NamedTest, ran: readonly TestOutcome[]): boolean {
  const meant = ran.filter(
    (one) =>
      one.file === file &&
      one.titles.length === titles.length &&
      one.titles.every((title, index) => isTitle(titles[index]!, title)),
  );
  return meant.length > 0 && meant.every(({ status }) => status === 'passed' || status === 'failed');
}
