import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { AddressInfo, Server, Socket, createServer } from 'node:net';
import { Client } from 'pg';
import { hangUp } from './hang-up.js';

/** AuthenticationOk, ReadyForQuery. */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

let server: Server;
let sockets: Socket[];
let polite: boolean;

/** Takes everybody in and says nothing afterwards; only a polite one ends its side when the client has. */
beforeEach(async () => {
  sockets = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on('error', () => {}));
    socket.once('data', () => socket.write(WELCOME));
    if (polite) socket.on('end', () => socket.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

async function connected(): Promise<Client> {
  const { port } = server.address() as AddressInfo;
  const client = new Client({ host: '127.0.0.1', port, user: 'me', password: '', database: 'data' });
  client.on('error', () => {});
  await client.connect();
  return client;
}

test('a server that says goodbye is not cut off', async () => {
  polite = true;
  const client = await connected();
  await hangUp(client, 60_000);
  expect(sockets.map(({ readableEnded }) => readableEnded)).toEqual([true]);
});

test('a server that says nothing any more is waited for a moment only', async () => {
  polite = false;
  const client = await connected();
  const began = performance.now();
  await hangUp(client, 50);
  expect(performance.now() - began).toBeLessThan(5_000);
});

test('a client that never connected, and one that has ended, have nothing to end', async () => {
  polite = true;
  await hangUp(new Client({ host: '127.0.0.1', port: 1 }), 60_000);
  const client = await connected();
  await hangUp(client, 60_000);
  await hangUp(client, 60_000);
  expect(sockets).toHaveLength(1);
});
