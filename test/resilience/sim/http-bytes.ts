/** A request as its bytes say it; nothing is interpreted beyond head and length. */
export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names in lower case; the last of two equal ones wins. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @returns undefined while the request is not whole */
export function readRequest(bytes: Buffer): { request: RawRequest; rest: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [method = '', path = ''] = first.split(' ');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const from = end + 4;
  const to = from + Number(headers['content-length'] ?? 0);
  if (bytes.length < to) return undefined;
  return {
    request: { method, path, headers, body: bytes.toString('utf8', from, to) },
    rest: bytes.subarray(to),
  };
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  302: 'Found',
  401: 'Unauthorized',
};

/** A whole HTTP/1.1 answer. */
export function answer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = status === 204 ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
  return `HTTP/1.1 ${status} ${REASONS[status] ?? 'Status'}\r\n${lines.join('')}${length}\r\n${body}`;
}

export function errorInfo(status: number, code: string, message = 'refused'): string {
  return answer(status, JSON.stringify({ status, code, message }));
}
