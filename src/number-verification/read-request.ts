import { VerifyRequest } from '../contract/number-verification.js';
import { requireCorrelator } from '../http/correlation.js';
import { invalidArgument, parseJsonBody } from '../http/json-body.js';
import { Call } from './call.js';

/**
 * @returns exactly one of phoneNumber and hashedPhoneNumber, the hash in whatever case it came
 * @throws Problem invalidArgument for x-correlator, body, property or value (NV 2.1.1, Generic400)
 */
export function readVerifyRequest(call: Call): VerifyRequest {
  requireCorrelator(call.givenCorrelator);
  const request = VerifyRequest.safeParse(parseJsonBody(call.body));
  if (!request.success) throw invalidArgument('schema');
  return request.data;
}

/** Share takes no input but its headers. @throws Problem invalidArgument */
export function readShareRequest(call: Call): void {
  requireCorrelator(call.givenCorrelator);
  call.requireNoBody();
}
