import { LEGAL, PRIVATE } from '../load/read-answer.js';

/** An answer of any endpoint. Names of headers in lower case. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Where OAuth's own shape of errors holds; a request that never became one is answered in CAMARA's there, too. */
const OAUTH = /^\/(authorize|token|bc-authorize|upstream)(\/|\?|$)/;
const ADMIN = /^\/admin\//;
const CORRELATOR = /^[a-zA-Z0-9\-_:;./<>{}]{1,256}$/;
const REDIRECT_TO =
  /^(https:\/\/asp\.example\/callback\?|https:\/\/localhost:\d+\/|http:\/\/127\.0\.0\.1:\d+\/|\/)/;

/**
 * What is wrong with the form of an answer, by the rules of its endpoint.
 * @param path as it was asked for
 * @returns nothing for a legal one
 */
export function faultsOf(reply: Reply, path: string): string[] {
  const { body, headers, status } = reply;
  const faults: string[] = [];
  if (status === 503 && !(Number(headers['retry-after']) >= 1)) faults.push('503 without Retry-After');
  if (status >= 500 && status !== 503) faults.push(`status ${status}`);
  if (PRIVATE.test(withoutIds(body)) && status >= 400) faults.push('something private in the body');
  if (status < 300) return faults;
  if (status < 400) {
    if (!REDIRECT_TO.test(String(headers['location']))) faults.push('leads elsewhere');
    if (status === 307) faults.push('a redirect that repeats the body');
    return faults;
  }
  if (OAUTH.test(path) && isOauth(reply)) return faults;
  if (ADMIN.test(path)) return [...faults, ...errorInfoFaults(reply, false)];
  return [...faults, ...errorInfoFaults(reply, true)];
}

function isOauth({ body, headers }: Reply): boolean {
  const type = String(headers['content-type'] ?? '');
  if (type.startsWith('text/html')) return !/<script/i.test(body);
  if (!type.startsWith('application/json')) return false;
  try {
    return typeof (JSON.parse(body) as { error?: unknown }).error === 'string';
  } catch {
    return false;
  }
}

function errorInfoFaults({ body, headers, status }: Reply, exact: boolean): string[] {
  const faults: string[] = [];
  if (!String(headers['content-type']).startsWith('application/json')) faults.push('content-type');
  if (!CORRELATOR.test(String(headers['x-correlator']))) faults.push('x-correlator');
  if (headers['cache-control'] !== 'no-store') faults.push('cache-control');
  try {
    const { code, message, status: told } = JSON.parse(body) as Record<string, unknown>;
    if (told !== status) faults.push('status in the body');
    if (typeof message !== 'string' || message === '') faults.push('message');
    if (exact && !LEGAL.has(`${status} ${String(code)}`)) faults.push(`${status} ${String(code)}`);
  } catch {
    faults.push('no ErrorInfo');
  }
  return faults;
}

/** UUIDs of ours may stand in an error of the admin API; their digits are no number. */
function withoutIds(body: string): string {
  return body.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '');
}
