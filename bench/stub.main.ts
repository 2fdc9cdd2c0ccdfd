import { createServer, Socket } from 'node:net';
import { AddressInfo } from 'node:net';
import { serve } from './child.js';
import { ANSWER, UPSTREAM_PATH } from './wire.js';

const HEAD = Buffer.from(`POST ${UPSTREAM_PATH} HTTP/1.1\r\n`);
const HEAD_END = Buffer.from('\r\n\r\n');
const OK = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${ANSWER.length}\r\n\r\n${ANSWER}`,
);
const WRONG = Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');

let requests = 0;

/** The operator, as cheap as Node can be one: no HTTP parser, one canned answer per request. */
function converse(socket: Socket): void {
  let pending: Buffer | undefined;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    let bytes = pending ? Buffer.concat([pending, chunk]) : chunk;
    for (;;) {
      const length = requestLength(bytes);
      if (length === 0 || bytes.length < length) break;
      requests++;
      socket.write(bytes.compare(HEAD, 0, HEAD.length, 0, HEAD.length) === 0 ? OK : WRONG);
      bytes = bytes.subarray(length);
    }
    pending = bytes.length > 0 ? bytes : undefined;
  });
}

/** @returns bytes of head and body together; 0 while the head is incomplete */
function requestLength(bytes: Buffer): number {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return 0;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end));
  return end + HEAD_END.length + Number(length?.[1] ?? 0);
}

const server = createServer(converse);

serve(
  {
    listen: () =>
      new Promise((resolve) => {
        server.listen(0, '127.0.0.1', () =>
          resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
        );
      }),
    requests: () => requests,
    cpu: () => process.cpuUsage(),
  },
  () => void server.close(),
);
