import { randomUUID } from 'node:crypto';
import { SignJWT, importJWK } from 'jose';
import { VERIFY_SCOPE } from '../../src/contract/number-verification.js';
import { SandboxDevice } from '../../src/sandbox/devices.js';
import { TokenAnswer, postToken } from './sign-in.js';
import { Asp } from './tokens.js';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const PURPOSE = 'dpv:FraudPreventionAndDetection';

/** A TS.43 token of a device, as its SIM would get it. @param ip another device of the same operator */
export async function operatorTokenOf(device: SandboxDevice, ip = device.ip): Promise<string> {
  const answer = await fetch(device.operatorTokenUrl, {
    method: 'POST',
    headers: { 'x-forwarded-for': ip },
  });
  const { operatorToken } = (await answer.json()) as { operatorToken?: string };
  if (!operatorToken) throw new Error(`the operator answered ${answer.status}`);
  return operatorToken;
}

type Change = Record<string, unknown>;

/** An assertion of the application's own; with other claims or header members than the right ones where asked. */
export async function bearerAssertion(
  { issuer, application }: Asp,
  { claims = {}, header = {} }: { claims?: Change; header?: Change } = {},
): Promise<string> {
  const { privateKeyJwk, clientId } = application;
  const now = Math.floor(Date.now() / 1000);
  const right = {
    iss: clientId,
    aud: `${issuer}/token`,
    iat: now,
    exp: now + 60,
    jti: randomUUID(),
    scope: `${PURPOSE} ${VERIFY_SCOPE}`,
  };
  const all = Object.entries({ ...right, ...claims }).filter(([, value]) => value !== undefined);
  return new SignJWT(Object.fromEntries(all))
    .setProtectedHeader({ alg: 'ES256', kid: privateKeyJwk.kid!, ...header })
    .sign(await importJWK(privateKeyJwk, 'ES256'));
}

/** Asks for a token as an ASP does that has a TS.43 token. @param form beside the assertion */
export async function bearerToken(
  asp: Asp,
  claims: Change,
  form: Record<string, string | undefined> = {},
): Promise<TokenAnswer> {
  const assertion = await bearerAssertion(asp, { claims });
  return postToken(asp, { grant_type: JWT_BEARER, assertion, ...form });
}
