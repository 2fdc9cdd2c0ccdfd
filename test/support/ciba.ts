import { randomUUID } from 'node:crypto';
import { SignJWT, importJWK } from 'jose';
import { VERIFY_SCOPE } from '../../src/contract/number-verification.js';
import { SandboxDevice } from '../../src/sandbox/devices.js';
import { operatorTokenOf } from './bearer.js';
import { TokenAnswer, assertionWith, postToken } from './sign-in.js';
import { Asp } from './tokens.js';

export const CIBA = 'urn:openid:params:grant-type:ciba';
export const PURPOSE = 'dpv:FraudPreventionAndDetection';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

type Form = Record<string, string | undefined>;

/** What proves the application at this endpoint. */
export async function proofAt(asp: Asp, path: string): Promise<Record<string, string>> {
  return {
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await assertionWith(asp, { aud: asp.issuer + path }),
  };
}

/** A request by a TS.43 token of this device. @param ip another device of the same operator */
export async function askFor(device: SandboxDevice, ip = device.ip): Promise<Record<string, string>> {
  return {
    scope: `openid ${PURPOSE} ${VERIFY_SCOPE}`,
    login_hint: `operatortoken:${await operatorTokenOf(device, ip)}`,
    operator_id: device.operator,
  };
}

/** Posts a form as it is. */
export async function postForm(url: string, form: Form): Promise<TokenAnswer> {
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(given) });
  const { status, headers } = answer;
  return { status, headers, body: (await answer.json()) as Record<string, unknown> };
}

/** @param form beside the client's proof; undefined leaves one out, of the proof, too */
export async function bcAuthorize(asp: Asp, form: Form): Promise<TokenAnswer> {
  return postForm(`${asp.issuer}/bc-authorize`, { ...(await proofAt(asp, '/bc-authorize')), ...form });
}

/** One poll. @param form beside the right one; undefined leaves one out */
export async function poll(asp: Asp, authReqId: unknown, form: Form = {}): Promise<TokenAnswer> {
  const right = { grant_type: CIBA, auth_req_id: String(authReqId), ...(await proofAt(asp, '/token')) };
  return postToken(asp, { ...right, ...form });
}

/** A request object of the application for this endpoint. @param claims beside the right ones; undefined leaves one out */
export async function requestObject(
  { issuer, application }: Asp,
  path: string,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const { privateKeyJwk, clientId } = application;
  const now = Math.floor(Date.now() / 1000);
  const right = { iss: clientId, aud: issuer + path, iat: now, exp: now + 60, jti: randomUUID() };
  const all = Object.entries({ ...right, ...claims }).filter(([, value]) => value !== undefined);
  return new SignJWT(Object.fromEntries(all))
    .setProtectedHeader({ alg: 'ES256', kid: privateKeyJwk.kid!, ...header })
    .sign(await importJWK(privateKeyJwk, 'ES256'));
}
