import { isUtf8 } from 'node:buffer';
import { Problem } from '../contract/problem.js';
import { parseStrictJson } from '../contract/strict-json.js';

/**
 * @param body the bytes of a request; undefined when there are none
 * @throws Problem invalidArgument when they are no JSON in UTF-8, or name a key twice
 */
export function parseJsonBody(body: Buffer | undefined): unknown {
  if (body === undefined || body.length === 0) throw invalidArgument('no body');
  if (!isUtf8(body)) throw invalidArgument('not UTF-8');
  try {
    // A byte order mark stays in the text and is no JSON (RFC 8259, 8.1).
    return parseStrictJson(body.toString('utf8'));
  } catch {
    throw invalidArgument('not JSON');
  }
}

/** The detail names the rule, never the value: a SyntaxError would quote the body. */
export function invalidArgument(rule: string): Problem {
  return new Problem('invalidArgument', { detail: rule });
}
