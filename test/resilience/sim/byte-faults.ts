import { gzipSync } from 'node:zlib';
import { Fault, Victim } from './fault.js';
import { answer } from './http-bytes.js';

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const LARGE_CHUNK = Buffer.alloc(64 * 1024, ' ');
/** Ten thousand to one, as such bombs are. */
const BOMB = gzipSync(Buffer.alloc(10_000_000));

const withLength = (body: string): string =>
  `${HEAD}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

function drip({ stream, every }: Victim, text: string, ms: number): void {
  let at = 0;
  every(ms, () => stream.write(text[at++ % text.length]!));
}

function flood(victim: Victim, lines: string): void {
  victim.stream.write(lines.repeat(50));
  victim.every(5, () => victim.stream.write(lines.repeat(50)));
}

/** Writes as fast as it is read, for ever. */
function pour({ stream }: Victim): void {
  const more = (): void => {
    while (!stream.destroyed && stream.write(LARGE_CHUNK));
  };
  stream.on('drain', more);
  more();
}

/** Faults of the bytes themselves: what comes is late, cut, too much, or not HTTP as agreed. */
export const BYTE_FAULTS: Readonly<Record<string, Fault>> = {
  hang: () => {},
  slow_headers: (victim) => drip(victim, withLength(victim.lie), 200),
  body_hang: ({ stream, lie }) => stream.write(`${HEAD}content-length: ${lie.length}\r\n\r\n`),
  body_drip: (victim) => {
    victim.stream.write(`${HEAD}content-length: 5000\r\n\r\n${victim.lie}`);
    drip(victim, ' ', 100);
  },
  flood_103: (victim) => flood(victim, 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'),
  flood_100: (victim) => flood(victim, 'HTTP/1.1 100 Continue\r\n\r\n'),
  reset_before: ({ tcp }) => tcp.resetAndDestroy(),
  fin_before: ({ stream }) => stream.end(),
  reset_mid_body: ({ stream, tcp, lie, after }) => {
    stream.write(`${HEAD}content-length: ${lie.length}\r\n\r\n${lie.slice(0, -3)}`);
    after(5, () => tcp.resetAndDestroy());
  },
  short_body: ({ stream, lie }) => stream.end(`${HEAD}content-length: ${lie.length + 10}\r\n\r\n${lie}`),
  huge_body: (victim) => {
    victim.stream.write(`${HEAD}\r\n${victim.lie}`);
    pour(victim);
  },
  huge_length: (victim) => {
    victim.stream.write(`${HEAD}content-length: 314572800\r\n\r\n${victim.lie}`);
    pour(victim);
  },
  gzip_bomb: ({ stream }) => {
    stream.write(`${HEAD}content-encoding: gzip\r\ncontent-length: ${BOMB.length}\r\n\r\n`);
    stream.write(BOMB);
  },
  gzip_lie: ({ stream, lie }) => {
    const body = gzipSync(lie);
    stream.write(`${HEAD}content-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`);
    stream.write(body);
  },
  huge_headers: ({ stream, lie }) =>
    stream.write(
      `${HEAD}${'x-pad: 0123456789012345678901234567890123456789\r\n'.repeat(1_500)}content-length: ${lie.length}\r\n\r\n${lie}`,
    ),
  dup_cl: ({ stream, lie }) =>
    stream.write(`${HEAD}content-length: ${lie.length}\r\ncontent-length: ${lie.length + 1}\r\n\r\n${lie} `),
  cl_te: ({ stream, lie }) =>
    stream.write(
      `${HEAD}content-length: ${lie.length}\r\ntransfer-encoding: chunked\r\n\r\n${lie.length.toString(16)}\r\n${lie}\r\n0\r\n\r\n`,
    ),
  not_http: ({ stream }) => stream.write('220 mail.example ESMTP\r\n'),
  /** The right answer after a while: a call that keeps its seat. */
  slow: ({ stream, truth, after }) => after(200, () => stream.write(withLength(truth))),
  /** The right answer, too late. */
  late: ({ stream, truth, deadlineMs, after }) =>
    after(deadlineMs + 200, () => stream.write(withLength(truth))),
  /** The right answer on a connection of its own: the next call must make a new one. */
  close_after: ({ stream, truth }) =>
    stream.end(answer(200, truth, { 'content-type': 'application/json', connection: 'close' })),
  /** The right answer; then the connection is closed as announced, unless another request comes on it before. */
  idle_close: ({ stream, truth }) => {
    stream.write(answer(200, truth, { 'content-type': 'application/json', 'keep-alive': 'timeout=2' }));
    const closing = setTimeout(() => stream.end(), 2_000).unref();
    stream.once('data', () => clearTimeout(closing));
  },
};
