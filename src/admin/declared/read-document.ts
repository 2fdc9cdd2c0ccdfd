import type { z } from 'zod';
import { pathText } from './declared.js';
import { Declaration } from './document.js';
import { YamlText } from './yaml-text.js';

/** Bytes; what the admin API takes is less. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_FAULTS = 50;

/** A file that says nothing that could be done. Each line names place and remedy, and quotes no value. */
export class DocumentError extends Error {}

/** @throws DocumentError with line, column and path of everything that is wrong */
export function readDocument(file: string, bytes: Buffer): Declaration {
  if (bytes.length > MAX_BYTES) throw new DocumentError(`${file}: longer than ${MAX_BYTES} bytes`);
  const text = YamlText.read(bytes.toString('utf8'));
  const { fault, value } = text;
  if (fault) throw new DocumentError(`${file}:${fault.line}:${fault.column}: no YAML: ${fault.message}`);
  const parsed = Declaration.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap(placesOf).map(({ path, message }) => {
    const { line, column } = text.positionOf(path);
    return `${file}:${line}:${column}: ${pathText(path) || 'the document'}: ${message}`;
  });
  throw new DocumentError(lines.slice(0, MAX_FAULTS).join('\n'));
}

function placesOf(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string }[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  return issue.keys.map((name) => ({ path: [...issue.path, name], message: 'is not known here' }));
}
