import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { OperatorConfigError, OperatorFault } from './operator-config.error.js';

/**
 * Reads one YAML file against a closed schema.
 * @throws OperatorConfigError
 */
export function readYaml<T>(file: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(load(file));
  if (!parsed.success)
    throw new OperatorConfigError(parsed.error.issues.flatMap((issue) => faults(file, issue)));
  return parsed.data;
}

function load(file: string): unknown {
  const stop = (remedy: string) => new OperatorConfigError([{ file, field: '', remedy }]);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw stop('cannot be read: write one, or remove its folder');
  }
  try {
    return parse(text, { strict: true, uniqueKeys: true, logLevel: 'error' });
  } catch (error) {
    // The parser names line and column.
    throw stop(`write YAML: ${(error as Error).message.trim()}`);
  }
}

function faults(file: string, issue: z.core.$ZodIssue): OperatorFault[] {
  const at = (path: PropertyKey[], remedy: string): OperatorFault => ({
    file,
    field: path.join('.'),
    remedy,
  });
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        at([...issue.path, key], 'is no known field: correct its spelling or remove it'),
      );
    case 'invalid_value':
      return [at(issue.path, `write one of ${issue.values.join(', ')}`)];
    case 'custom':
      return [at(issue.path, issue.message)];
    case 'invalid_type':
      return [at(issue.path, `write ${stated(issue.message) ?? `a value of type ${issue.expected}`}`)];
    case 'too_small':
    case 'too_big':
      return [at(issue.path, issue.message)];
    default:
      return [at(issue.path, `write ${issue.message}`)];
  }
}

/** A message of the schema's own; zod's begin with the same two words. */
function stated(message: string): string | undefined {
  return message.startsWith('Invalid input') ? undefined : message;
}
