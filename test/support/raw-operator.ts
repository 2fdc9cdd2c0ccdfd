import { AddressInfo, createServer, Socket } from 'node:net';
import { dialectNamed } from '../../src/dialects/dialects.js';
import { Manifest } from '../../src/operators/manifest.js';
import { Operator } from '../../src/operators/operator.js';

/** An operator of bare TCP: it can misbehave on every byte, and it counts what really reached it. */
export interface RawOperator {
  readonly url: string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Request heads received so far, over all connections. */
  readonly requests: number;
  /** Everything received, for what must and must not be in it. */
  readonly received: string;
  /** Sockets still open. */
  readonly open: number;
  close(): Promise<void>;
}

/** @param onRequest called with the socket for each request head, counted from 1 */
export async function startRawOperator(
  onRequest: (socket: Socket, nth: number) => void,
  onConnection?: (socket: Socket) => void,
): Promise<RawOperator> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let requests = 0;
  let received = '';
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    onConnection?.(socket);
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      received += text;
      for (const _head of text.matchAll(/ HTTP\/1\.1\r\n/g)) onRequest(socket, ++requests);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get connections() {
      return connections;
    },
    get requests() {
      return requests;
    },
    get received() {
      return received;
    },
    get open() {
      return sockets.size;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A whole HTTP/1.1 answer with JSON in it. */
export function jsonAnswer(body: string, status = '200 OK', extra = ''): string {
  return (
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n${extra}\r\n${body}`
  );
}

/** An operator at `apiRoot` with everything else as the manifest's defaults have it. */
export function operatorAt(apiRoot: string, limits: Partial<Operator['limits']> = {}): Operator {
  const manifest = Manifest.parse({
    id: 'raw',
    name: 'Raw',
    dialect: 'camara-2.1',
    lifecycle: 'sandbox',
    basePath: '/number-verification/v2',
    auth: { flows: ['authorization_code'], client: { method: 'private_key_jwt' } },
    limits: { timeoutMs: 300, ...limits },
  });
  const dialect = dialectNamed(manifest.dialect)!;
  return { ...manifest, dialect, apiRoot, off: undefined };
}
