import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'undici';
import { jsonAnswer, RawOperator, startRawOperator } from '../../test/support/raw-operator.js';
import { UpstreamAnswer } from '../dialects/dialect.js';
import { Exchange } from './exchange.js';

let raw: RawOperator;
let pool: Pool;
let does: (socket: Socket, nth: number) => void;

beforeEach(async () => {
  raw = await startRawOperator((socket, nth) => does(socket, nth));
  pool = new Pool(raw.url, { connections: 1, pipelining: 1 });
});

afterEach(async () => {
  await pool.destroy();
  await raw.close();
});

function run(path: string, deadlineMs: number): Promise<UpstreamAnswer> {
  return Exchange.run(pool, { method: 'POST', path, body: '{}' }, deadlineMs, {
    mayRetry: () => true,
    failed: () => {},
  });
}

describe('a request that waits for a connection beyond its deadline', () => {
  it('is never sent, not even when the connection comes, which stays of use to others', async () => {
    does = (socket, nth) => setTimeout(() => socket.write(jsonAnswer('{}')), nth === 1 ? 200 : 0);
    const first = run('/first', 2_000);
    await expect(run('/late', 50)).rejects.toMatchObject({
      problem: 'operatorTimeout',
      detail: 'connect_timeout',
      neverSent: true,
    });
    await first;
    await expect(run('/third', 2_000)).resolves.toMatchObject({ status: 200 });
    expect(raw.requests).toBe(2);
    expect(raw.connections).toBe(1);
    expect(raw.received).not.toContain('/late');
  });
});

describe('an answer', () => {
  it('of exactly 64 KiB is read whole, in however many pieces; a byte more is refused', async () => {
    does = (socket, nth) => socket.write(jsonAnswer('é'.repeat(32 * 1024) + (nth === 1 ? '' : ' ')));
    const { body } = await run('/', 2_000);
    expect(body).toBe('é'.repeat(32 * 1024));
    await expect(run('/', 2_000)).rejects.toMatchObject({
      problem: 'operatorRouteBroken',
      detail: 'too_large',
    });
  });
});
