import { Good, SHARE } from './attack-case.js';

/** A second request within the first: if anybody ever answers it, it was smuggled. */
function inner({ token }: Good): string {
  return `GET ${SHARE} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`;
}

const HEAD = 'POST /number-verification/v2/verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';

/** The length says that the second request is a body; whoever reads these as `chunked` sees two requests. */
const ENCODINGS = [
  'chunked',
  'Chunked',
  ' chunked',
  '\tchunked',
  'chunked ',
  'xchunked',
  'chunked, identity',
  'identity, chunked',
  'gzip, chunked',
  'chunked, chunked',
  '"chunked"',
  'chunked;q=1',
  'chun\tked',
  'chunked\0',
  'chunked\x0b',
  'identity',
  'x',
  '',
];
const SPELLINGS = [
  'Transfer-Encoding',
  'transfer-encoding ',
  'Transfer\tEncoding',
  'Transfer_Encoding',
  ' Transfer-Encoding',
  'Transfer-Encoding\0',
  'Foo: bar\nTransfer-Encoding',
  'Foo: bar\rTransfer-Encoding',
  'Foo: bar\r\n Transfer-Encoding',
];
const LENGTHS = [
  '+N',
  '-1',
  '0x5',
  'N, N',
  'N N',
  '0N',
  'N\0',
  'Ne1',
  '１',
  'N;',
  "N'",
  '99999999999999999999',
];
const SIZES = [
  '0x5',
  '-1',
  '+5',
  '5 5',
  'g',
  '',
  '00000000000000000005',
  'FFFFFFFFFFFFFFFFF',
  '5;'.padEnd(20_000, 'x'),
];

/**
 * Requests that two servers could read differently, each with a second one inside. None of them is right, or what is
 * inside is a body by every right reading.
 */
export function smuggled(good: Good): { readonly name: string; readonly bytes: Buffer }[] {
  const second = inner(good);
  const chunks = `0\r\n\r\n${second}`;
  const length = (value: string): string => value.replaceAll('N', String(second.length));
  const all: [name: string, text: string][] = [
    ...ENCODINGS.map((value): [string, string] => [
      `Transfer-Encoding: ${value}`,
      `${HEAD}content-length: ${chunks.length}\r\ntransfer-encoding: ${value}\r\n\r\n${chunks}`,
    ]),
    ...SPELLINGS.map((name): [string, string] => [
      `${name}: chunked`,
      `${HEAD}content-length: ${chunks.length}\r\n${name}: chunked\r\n\r\n${chunks}`,
    ]),
    ...LENGTHS.map((value): [string, string] => [
      `Content-Length: ${value}`,
      `${HEAD}content-length: ${length(value)}\r\n\r\n${second}`,
    ]),
    ...['0', '1', 'N'].map((value): [string, string] => [
      `two lengths, the second ${value}`,
      `${HEAD}content-length: ${second.length}\r\ncontent-length: ${length(value)}\r\n\r\n${second}`,
    ]),
    ...SIZES.map((size): [string, string] => [
      `chunk of size ${size.slice(0, 20)}`,
      `${HEAD}transfer-encoding: chunked\r\n\r\n${size}\r\nhello\r\n${second}`,
    ]),
    ['a chunk longer than said', `${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n${second}`],
    ['bare line feeds', `${HEAD.replaceAll('\r\n', '\n')}content-length: 5\n\nhello${second}`],
    ['bare carriage returns', `${HEAD.replaceAll('\r\n', '\r')}content-length: 5\r\rhello${second}`],
    ['a folded header', `${HEAD}x-folded: a\r\n b\r\ncontent-length: ${second.length}\r\n\r\n${second}`],
    ['NUL in a header', `${HEAD}x-nul: a\0b\r\ncontent-length: ${second.length}\r\n\r\n${second}`],
    ['a header without a name', `${HEAD}: x\r\ncontent-length: ${second.length}\r\n\r\n${second}`],
    ['a header without a colon', `${HEAD}nothing\r\ncontent-length: ${second.length}\r\n\r\n${second}`],
    ['HTTP/2 in words', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${second}`],
    ['HTTP/1.2', `${HEAD.replace('1.1', '1.2')}content-length: 5\r\n\r\nhello${second}`],
    ['no version', `GET /\r\n${second}`],
    ['another protocol', `SSH-2.0-x\r\n${second}`],
    ['TLS', `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${second}`],
    ['NUL first', `\0${second}`],
    ['space in the path', `GET /a b HTTP/1.1\r\nhost: x\r\n\r\n${second}`],
  ];
  return all.map(([name, text]) => ({ name, bytes: Buffer.from(text, 'latin1') }));
}
