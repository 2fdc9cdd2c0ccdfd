import ts from 'typescript';
import { PLACEHOLDER, isTitle } from './conformance-table.js';

/** A test as its source has it: the titles it stands under, templates unfilled. */
interface SourceTest {
  readonly titles: readonly string[];
}

const NAMES = new Set(['describe', 'test', 'it']);

/** Every test of a spec file, also by wrappers that are called with a title and a function of their own. */
function testsIn(source: string): SourceTest[] {
  const found: SourceTest[] = [];
  const file = ts.createSourceFile('x.spec.ts', source, ts.ScriptTarget.ESNext);
  const wrappers = wrappersIn(file);
  const visit = (node: ts.Node, above: readonly string[]): void => {
    const call = ts.isCallExpression(node) ? titled(node, wrappers) : undefined;
    if (!call) return ts.forEachChild(node, (child) => visit(child, above));
    const titles = [...above, call.title];
    if (call.group) node.forEachChild((child) => visit(child, titles));
    else found.push({ titles });
  };
  visit(file, []);
  return found;
}

/** Functions that only register a test under the title they are given. */
function wrappersIn(file: ts.SourceFile): Set<string> {
  const functions = file.statements.filter(ts.isFunctionDeclaration);
  const registers = functions.filter(({ parameters: [first], body }) => {
    const title = first?.name.getText(file);
    return body?.statements.some(
      (statement) =>
        ts.isExpressionStatement(statement) &&
        ts.isCallExpression(statement.expression) &&
        rootOf(statement.expression.expression) === 'test' &&
        statement.expression.arguments[0]?.getText(file) === title,
    );
  });
  return new Set(registers.map(({ name }) => name!.text));
}

function titled(
  { expression, arguments: [title] }: ts.CallExpression,
  wrappers: ReadonlySet<string>,
): { title: string; group: boolean } | undefined {
  const root = rootOf(expression);
  if (root === undefined || !(NAMES.has(root) || wrappers.has(root))) return undefined;
  if (!title || !ts.isStringLiteralLike(title)) return undefined;
  return { title: title.text, group: root === 'describe' };
}

/** `test` of `test.each([…])`. */
function rootOf(expression: ts.Expression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isPropertyAccessExpression(expression) || ts.isCallExpression(expression)) {
    return rootOf(expression.expression);
  }
  return undefined;
}

/**
 * Whether a spec file has a test of these titles: as they stand, or as one filling of a template, each filled-in
 * part of which is somewhere in the source too.
 */
export function hasTest(source: string, titles: readonly string[]): boolean {
  return testsIn(source).some(
    (test) =>
      test.titles.length === titles.length &&
      test.titles.every((template, index) => isFilling(source, template, titles[index]!)),
  );
}

function isFilling(source: string, template: string, title: string): boolean {
  if (template === title) return true;
  if (!isTitle(template, title)) return false;
  const fixed = template.split(PLACEHOLDER).filter((text) => text.trim() !== '');
  const filled = fixed.reduce((rest, text) => rest.replace(text, '\0'), title).split('\0');
  return filled.map((text) => text.trim()).every((text) => text === '' || source.includes(text));
}
