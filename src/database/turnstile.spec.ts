import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AddressInfo, Server, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { turnstile } from './turnstile.js';

let server: Server;
let pool: Pool;
let attempts: number;

beforeEach(async () => {
  attempts = 0;
  server = createServer((socket) => {
    attempts++;
    socket.on('error', () => {}).destroy();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  pool = new Pool({ host: '127.0.0.1', port, user: 'u', Client: turnstile(), connectionTimeoutMillis: 300 });
});
afterEach(async () => {
  await pool.end();
  server.close();
});

const ask = () =>
  pool.query('SELECT').then(
    () => 'answered',
    (error: Error) => error.message,
  );

test('D09: a pool whose server is away tries once a second, however much is asked of it', async () => {
  await ask();
  const began = performance.now();
  while (performance.now() - began < 2_500) {
    await Promise.all([ask(), ask(), ask()]);
    await sleep(10);
  }
  const seconds = (performance.now() - began) / 1000;
  expect(attempts).toBeGreaterThan(1);
  expect(attempts).toBeLessThanOrEqual(2 + seconds);
});

test('whoever asks between two attempts gets the error of the last one, at once', async () => {
  const first = await ask();
  const began = performance.now();
  expect(await ask()).toBe(first);
  expect(performance.now() - began).toBeLessThan(200);
  expect(attempts).toBe(1);
});
