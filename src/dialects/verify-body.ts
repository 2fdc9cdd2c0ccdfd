import { createHash } from 'node:crypto';
import { VerifyRequest } from '../contract/number-verification.js';
import { Problem } from '../contract/problem.js';
import { Capabilities } from './dialect.js';

/**
 * The question in the form this operator takes. Plain can become a hash for an operator that takes only
 * hashes; a hash can become nothing else. What would be compared with something of another form is
 * refused: it would come back as `false` for a number that matches.
 * @throws Problem notApplicable
 */
export function verifyBody(ask: VerifyRequest, can: Capabilities): VerifyRequest {
  if ('hashedPhoneNumber' in ask) {
    if (!can.verifyHashed || can.hashOf !== 'e164') throw new Problem('notApplicable');
    // NV 2.1 allows both cases; an operator may compare with its own, made in lower case.
    return { hashedPhoneNumber: ask.hashedPhoneNumber.toLowerCase() };
  }
  const digits = ask.phoneNumber.slice(1);
  if (can.verifyPlain) return { phoneNumber: can.stripPlus ? digits : ask.phoneNumber };
  if (!can.verifyHashed) throw new Problem('notApplicable');
  return { hashedPhoneNumber: sha256(can.hashOf === 'e164' ? ask.phoneNumber : digits) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'ascii').digest('hex');
}
