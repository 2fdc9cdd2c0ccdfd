import { Random } from '../../random.js';

/** One request as bytes. */
export interface RandomRequest {
  readonly bytes: Buffer;
  readonly path: string;
  /** Torn ones may stay without an answer: the gateway waits for the rest. */
  readonly torn: boolean;
}

/** Makes requests of one kind. */
export type Maker = (random: Random) => RandomRequest;

export const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
];

/** @param headers one line each; nothing is checked */
export function requestOf(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): RandomRequest {
  const bytes = Buffer.from(body);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: gateway.example',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(bytes.length > 0 || method === 'POST' ? [`content-length: ${bytes.length}`] : []),
    'connection: close',
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return { bytes: Buffer.concat([head, bytes]), path, torn: false };
}

/** What may stand in one line of a request; the torn ones show what happens otherwise. */
export function clean(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 2_000);
}
