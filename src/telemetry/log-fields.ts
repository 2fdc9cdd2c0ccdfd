import { Found, scrub, scrubCorrelator } from './scrub.js';

/**
 * How a field's value is printed. `word`: of a closed set or an id, as it is so long as it looks like one.
 * `text`: anybody's words, scrubbed; `id`: the same, but ids of a known shape pass. `error`: class and stack, scrubbed.
 */
type Print = 'word' | 'text' | 'id' | 'number' | 'error';

/** Every field that a line may have beside `time`, `level` and `msg`; whatever else is handed over is not printed. */
const FIELDS = {
  event: 'word',
  trace_id: 'id',
  x_correlator: 'id',
  plane: 'word',
  route: 'word',
  method: 'word',
  status: 'number',
  code: 'word',
  outcome: 'word',
  blame: 'word',
  reason: 'text',
  detail: 'text',
  tenant: 'word',
  application: 'word',
  operator: 'word',
  dialect: 'word',
  operation: 'word',
  target: 'word',
  flow: 'word',
  rule: 'text',
  duration_ms: 'number',
  upstream_ms: 'number',
  ledger_ms: 'number',
  attempt: 'number',
  breaker: 'word',
  mode: 'word',
  trigger: 'word',
  revision: 'number',
  pool: 'word',
  rows: 'number',
  lines: 'number',
  rules: 'number',
  partitions: 'number',
  seq: 'number',
  use: 'word',
  kid: 'word',
  active_from: 'text',
  folder: 'text',
  host: 'text',
  file: 'text',
  version: 'word',
  err: 'error',
} as const satisfies Record<string, Print>;

/** How each is printed, and how it begins as a member of a JSON object that has others before it. */
const MEMBERS: ReadonlyMap<string, { as: Print; beginning: string }> = new Map(
  Object.entries(FIELDS).map(([name, as]) => [name, { as, beginning: `,"${name}":` }]),
);

interface Printable {
  word: string;
  text: string;
  id: string;
  number: number;
  error: unknown;
}

/** What can be said in a line of the log; undefined is left out. */
export type LogFields = {
  readonly [Name in keyof typeof FIELDS]?: Printable[(typeof FIELDS)[Name]] | undefined;
};

/** Ids and words of ours: short, and no place for a number, a hash or a token to hide. */
const WORD = /^[\w.:/*+ -]{1,200}$/;
/** Shorter than any number of a subscriber; or an id by its shape. */
const LONG_RUN = /\d{7}|[0-9a-fA-F]{32}/;
const PLAIN = /^[\w.:;/<>{}-]*$/;
const MOST_TEXT = 1_000;
const MOST_STACK = 4_000;
/** Words that were found to be harmless, as they stand in JSON: there are few of them, and each is in many lines. */
const harmless = new Map<string, string>();
const MOST_HARMLESS = 10_000;

/** The one place where it is decided what stands in a line. @param found told of what had to be scrubbed */
export function pickFields(given: object, found: Found): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name in given) {
    const value = (given as Record<string, unknown>)[name];
    if (value === undefined || value === null) continue;
    const member = MEMBERS.get(name);
    if (member === undefined) continue;
    const printed = print(member.as, value, found);
    if (printed !== undefined) picked[name] = printed;
  }
  return picked;
}

/** The same picks as members of a JSON object, a comma before each: for lines that are written without pino. */
export function fieldsText(given: LogFields, found: Found): string {
  let text = '';
  for (const name in given) {
    const value = given[name as keyof LogFields];
    if (value === undefined || value === null) continue;
    const member = MEMBERS.get(name);
    if (member === undefined) continue;
    text += member.beginning;
    text += memberText(member.as, value, found);
  }
  return text;
}

function memberText(as: Print, value: unknown, found: Found): string {
  if (as === 'number' && Number.isFinite(value)) return `${value as number}`;
  if (as === 'word') {
    const known = harmless.get(value as string);
    if (known !== undefined) return known;
  }
  const printed = print(as, value, found) ?? null;
  // What callers send as an id has nothing that JSON would escape.
  return typeof printed === 'string' && PLAIN.test(printed) ? `"${printed}"` : JSON.stringify(printed);
}

function print(as: Print, value: unknown, found: Found): unknown {
  switch (as) {
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
    case 'error':
      return printError(value, found);
    default: {
      // A Secret is an object, and an object is nothing that can be printed.
      if (typeof value !== 'string') return '[redacted]';
      if (as === 'id') return scrubCorrelator(value, found);
      return as === 'word' ? word(value, found) : scrub(value.slice(0, MOST_TEXT), found);
    }
  }
}

function word(value: string, found: Found): string {
  if (harmless.has(value)) return value;
  const printed = WORD.test(value) && !LONG_RUN.test(value) ? value : scrub(value.slice(0, MOST_TEXT), found);
  if (printed === value && harmless.size < MOST_HARMLESS) harmless.set(value, JSON.stringify(value));
  return printed;
}

/** Its class and where it was thrown; never what hangs on it (a request, a query's values, a server's detail). */
function printError(error: unknown, found: Found): object {
  if (!(error instanceof Error)) return { type: typeof error };
  return { type: error.name, stack: scrub((error.stack ?? error.message).slice(0, MOST_STACK), found) };
}
