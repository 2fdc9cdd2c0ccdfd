/** What an attacker starts from: a good token, which none of the attempts may spend. */
export interface Good {
  readonly token: string;
  /** Of the device, E.164. */
  readonly number: string;
}

/** Requests of one kind, as bytes, and the only answers there may be to them. */
export interface AttackCase {
  readonly id: string;
  readonly title: string;
  readonly requests: readonly ((good: Good) => string | Buffer)[];
  /** Status and code, of OAuth's endpoints status and error. */
  readonly expect: readonly string[];
  readonly short?: boolean;
}

export const VERIFY = '/number-verification/v2/verify';
export const SHARE = '/number-verification/v2/device-phone-number';
export const INVALID = '400 INVALID_ARGUMENT';
export const UNKNOWN = '401 UNAUTHENTICATED';

export interface Parts {
  readonly method?: string;
  readonly path?: string;
  /** Whole lines; none of them is checked. */
  readonly headers?: readonly string[];
  readonly type?: string;
  readonly body?: string | Buffer;
  /** Undefined: the good one. */
  readonly authorization?: string;
}

/** One request, right but for what is given. */
export function bytesOf({ token, number }: Good, parts: Parts = {}): Buffer {
  const { headers = [], method = 'POST', path = VERIFY, type = 'application/json' } = parts;
  const body = Buffer.from(parts.body ?? JSON.stringify({ phoneNumber: number }));
  const authorization = parts.authorization ?? `authorization: Bearer ${token}`;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: gateway.example',
    ...(authorization === '' ? [] : [authorization]),
    ...(type === '' ? [] : [`content-type: ${type}`]),
    `content-length: ${body.length}`,
    ...headers,
    'connection: close',
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

/** A request that differs from a right one in what is given. */
export const sent =
  (parts: Parts | ((good: Good) => Parts)): AttackCase['requests'][number] =>
  (good) =>
    bytesOf(good, typeof parts === 'function' ? parts(good) : parts);

/** A row whose requests are invalid, unless it says otherwise. */
export function bad(
  id: string,
  title: string,
  requests: AttackCase['requests'],
  more: Partial<AttackCase> = {},
): AttackCase {
  return { id, title, requests, expect: [INVALID], ...more };
}
