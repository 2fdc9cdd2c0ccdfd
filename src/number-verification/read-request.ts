import { isUtf8 } from 'node:buffer';
import { isCorrelator } from '../contract/correlator.js';
import { VerifyRequest } from '../contract/number-verification.js';
import { Problem } from '../contract/problem.js';
import { parseStrictJson } from '../contract/strict-json.js';
import { Call } from './call.js';

/**
 * @returns exactly one of phoneNumber and hashedPhoneNumber, the hash in whatever case it came
 * @throws Problem invalidArgument for x-correlator, body, property or value (NV 2.1.1, Generic400)
 */
export function readVerifyRequest(call: Call): VerifyRequest {
  requireCorrelator(call);
  const { body } = call;
  if (body === undefined) throw invalid('no body');
  if (!isUtf8(body)) throw invalid('not UTF-8');
  const request = VerifyRequest.safeParse(parse(body));
  if (!request.success) throw invalid('schema');
  return request.data;
}

/** Share takes no input but its headers. @throws Problem invalidArgument */
export function readShareRequest(call: Call): void {
  requireCorrelator(call);
  call.requireNoBody();
}

function requireCorrelator(call: Call): void {
  const given = call.givenCorrelator;
  if (given !== undefined && !isCorrelator(given)) throw invalid('x-correlator');
}

/** A byte order mark stays in the text and is no JSON (RFC 8259, 8.1). */
function parse(body: Buffer): unknown {
  try {
    return parseStrictJson(body.toString('utf8'));
  } catch {
    throw invalid('not JSON');
  }
}

/** The detail names the rule, never the value: a SyntaxError would quote the body. */
const invalid = (detail: string): Problem => new Problem('invalidArgument', { detail });
