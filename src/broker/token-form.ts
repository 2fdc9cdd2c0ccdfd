import { errors } from 'oidc-provider';

/** The parameters of a token request, each given once. */
export type TokenForm = ReadonlyMap<string, string>;

/** @returns every `grant_type` that a form body names */
export function grantTypesIn(body: Buffer): string[] {
  return new URLSearchParams(body.toString()).getAll('grant_type');
}

/**
 * @param body of type application/x-www-form-urlencoded
 * @throws InvalidRequest for a parameter that is given twice (RFC 6749 §3.2)
 */
export function readTokenForm(body: Buffer): TokenForm {
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body.toString())) {
    if (form.has(name)) throw new errors.InvalidRequest('a parameter is given twice');
    // RFC 6749 §3.1: one without a value is as if it had been left out.
    if (value !== '') form.set(name, value);
  }
  return form;
}
