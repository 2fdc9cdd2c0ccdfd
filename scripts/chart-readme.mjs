/**
 * Writes the table of values into the chart's README from the comments in values.yaml: `# -- …` above a value is its row.
 *
 *   node scripts/chart-readme.mjs           writes it
 *   node scripts/chart-readme.mjs --check   ends with 1 when it is not what values.yaml says
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isMap, isScalar, parseDocument } from 'yaml';

const CHART = 'helm/number-verification-gateway';
const [BEGIN, END] = ['<!-- values:begin -->', '<!-- values:end -->'];

const readme = readFileSync(`${CHART}/README.md`, 'utf8');
const values = parseDocument(readFileSync(`${CHART}/values.yaml`, 'utf8'));
const begin = readme.indexOf(BEGIN) + BEGIN.length;
const end = readme.indexOf(END);
if (end < begin) throw new Error(`${CHART}/README.md: ${BEGIN} and ${END} are missing`);
const written = `${readme.slice(0, begin)}\n\n${table()}\n\n${readme.slice(end)}`;

if (!process.argv.includes('--check')) writeFileSync(`${CHART}/README.md`, written);
else if (written !== readme) {
  console.error(`${CHART}/README.md is not what values.yaml says: node scripts/chart-readme.mjs`);
  process.exit(1);
}

/** In the form that prettier gives a table. */
function table() {
  const rows = [['Value', 'Default', 'What it is'], ...rowsOf(values.contents, '')];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [head, ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

/** A value is a row when a comment says what it is; otherwise what is below it must have some. */
function* rowsOf(map, prefix) {
  for (const [index, { key, value }] of map.items.entries()) {
    // The comment above the first key of a map belongs to the map.
    const comment = key.commentBefore ?? (index === 0 ? map.commentBefore : undefined) ?? '';
    const said = comment.match(/ -- ((?:.|\n)*)$/)?.[1].replaceAll(/\s*\n\s*/g, ' ');
    const path = `${prefix}${key.value}`;
    if (said !== undefined) yield [`\`${path}\``, defaultOf(value), said.replaceAll('|', '\\|')];
    else if (isMap(value) && value.items.length > 0) yield* rowsOf(value, `${path}.`);
    else throw new Error(`values.yaml: ${path} has no comment that begins with "# -- "`);
  }
}

function defaultOf(value) {
  if (isScalar(value) && value.value === '') return '';
  const text = JSON.stringify(value.toJS(values));
  return text.length > 60 ? 'see values.yaml' : `\`${text.replaceAll('|', '\\|')}\``;
}
