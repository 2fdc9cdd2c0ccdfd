import { parseArgs } from 'node:util';

const NAMES = ['validate', 'diff', 'apply', 'dump'] as const;

/** What `npm run config` was asked to do. */
export interface ConfigCommand {
  readonly name: (typeof NAMES)[number];
  /** `-`: standard input or output. */
  readonly file: string;
  readonly json: boolean;
  readonly prune: boolean;
  readonly adopt: boolean;
  /** Only this plan. */
  readonly planHash: string | undefined;
  readonly tag: string | undefined;
}

/** A command that makes no sense; the message says which ones do. */
export class ConfigUsageError extends Error {
  constructor(wrong: string) {
    super(`${wrong}

  validate -f <file>    is the file well-formed? Asks no database
  diff     -f <file>    what would be changed? Ends with 0: nothing, 2: something, 1: an error
  apply    -f <file>    changes it, in one transaction
  dump    [-f <file>]   writes down what is

  --prune               deletes what a file manages and this one no longer names
  --adopt               takes over what the API manages, or another file
  --plan <hash>         apply: only if it is still this plan
  --select-tag <tag>    dump: only what the file with this tag manages
  -o table|json         how the plan is written
  -f -                  standard input, or output`);
  }
}

const OPTIONS = {
  file: { type: 'string', short: 'f' },
  output: { type: 'string', short: 'o', default: 'table' },
  prune: { type: 'boolean', default: false },
  adopt: { type: 'boolean', default: false },
  plan: { type: 'string' },
  'select-tag': { type: 'string' },
} as const;

/** Options that a command understands beside `file`. */
const TAKEN: Readonly<Record<ConfigCommand['name'], readonly string[]>> = {
  validate: [],
  diff: ['prune', 'adopt', 'output'],
  apply: ['prune', 'adopt', 'output', 'plan'],
  dump: ['select-tag'],
};

/** @throws ConfigUsageError */
export function readCommandLine(args: readonly string[]): ConfigCommand {
  const { values, positionals, tokens } = parse(args);
  const name = NAMES.find((one) => one === positionals[0]);
  if (!name || positionals.length > 1) throw new ConfigUsageError('Which command?');
  const foreign = tokens.find((one) => one.kind === 'option' && ![...TAKEN[name], 'file'].includes(one.name));
  if (foreign) throw new ConfigUsageError(`${name} does not take this option.`);
  const { file, output, prune, adopt, plan, 'select-tag': tag } = values;
  if (file === undefined && name !== 'dump') throw new ConfigUsageError('Which file? -f <file>');
  if (output !== 'table' && output !== 'json') throw new ConfigUsageError('Output is table or json.');
  if (plan !== undefined && !/^[0-9a-f]{64}$/.test(plan)) throw new ConfigUsageError('That is no plan hash.');
  return { name, file: file ?? '-', json: output === 'json', prune, adopt, planHash: plan, tag };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
      strict: true,
      tokens: true,
    });
  } catch (error) {
    throw new ConfigUsageError((error as Error).message.split('\n')[0]!);
  }
}
