import { expect } from '@jest/globals';
import { Operator } from '../../src/operators/operator.js';
import { habitsOf } from '../../src/sandbox/habits.js';
import { Proof, Rig } from './sandbox-rig.js';
import { deviceOf, scopeOf } from './simulated-operators.js';

const CIBA = 'urn:openid:params:grant-type:ciba';
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

type Form = Record<string, string | undefined>;

/** A TS.43 token of the device at this address. */
export async function operatorTokenOf(
  rig: Rig,
  operator: Operator,
  ip = deviceOf(operator),
): Promise<string> {
  const answer = await fetch(`${rig.issuer(operator)}/operator-token`, {
    method: 'POST',
    headers: { 'x-forwarded-for': ip },
  });
  return ((await answer.json()) as { operatorToken: string }).operatorToken;
}

/** Begins a CIBA sign-in by this hint. @param changes of the form; undefined leaves one out */
export async function bcAuthorize(
  rig: Rig,
  operator: Operator,
  hint: string,
  changes: Form = {},
  proof?: Proof,
): Promise<Response> {
  const { headers, form } = proof ?? (await rig.proof(operator, {}, 'bc-authorize'));
  const asked = { scope: scopeOf(operator), login_hint: hint };
  return rig.post(operator, 'bc-authorize', { ...asked, ...form, ...changes }, headers);
}

/** Polls once. */
export async function poll(rig: Rig, operator: Operator, authReqId: string): Promise<Response> {
  const { headers, form } = await rig.proof(operator);
  return rig.post(operator, 'token', { grant_type: CIBA, auth_req_id: authReqId, ...form }, headers);
}

/** What an error of an OAuth endpoint holds in the operator's own shape. */
export function authError({ dialect }: Operator, status: number, error: string): Record<string, unknown> {
  const { authErrors } = habitsOf(dialect.name);
  if (authErrors === 'oauth') return { error };
  return authErrors === 'numbered'
    ? { code: status, message: error }
    : { type: expect.stringMatching(/^https:\/\/developer\.nexmo\.com\/api-errors#[a-z-]+$/) };
}

/** Asks by an assertion. @param claims spoil it; @param changes of the form */
export async function byAssertion(
  rig: Rig,
  operator: Operator,
  claims: Record<string, unknown>,
  changes: Form = {},
): Promise<Response> {
  const right = { aud: `${rig.issuer(operator)}/token`, scope: scopeOf(operator) };
  const assertion = await rig.sign({ ...right, ...claims });
  return rig.post(operator, 'token', { grant_type: JWT_BEARER, assertion, ...changes });
}
