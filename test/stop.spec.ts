import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { GatewayProcess } from './support/gateway-process.js';
import { TestDatabase, createTestDatabase } from './support/test-database.js';

jest.setTimeout(90_000);

let place: TestDatabase;
let dataDir: string;
const started: GatewayProcess[] = [];

beforeEach(async () => {
  place = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'nvgw-stop-'));
});
afterEach(async () => {
  for (const gateway of started.splice(0)) await gateway.stop('SIGKILL');
  await place.drop();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(drainSeconds: number, args: readonly string[] = []): Promise<GatewayProcess> {
  const env = {
    SANDBOX: 'on',
    DATABASE_URL: place.url,
    DATA_DIR: dataDir,
    DRAIN_SECONDS: String(drainSeconds),
  };
  const gateway = await GatewayProcess.spawn(env, args);
  started.push(gateway);
  await gateway.untilReady();
  return gateway;
}

describe('SIGTERM', () => {
  test('P01: readiness fails first, answers go on and end their connections, then it exits with 0', async () => {
    const gateway = await start(2);
    const agent = new Agent({ connections: 2 });
    const ask = () => request(`${gateway.url}/jwks`, { dispatcher: agent });
    expect((await ask()).headers['connection']).not.toBe('close');
    gateway.child.kill('SIGTERM');
    await gateway.until(async () => (await gateway.probe('/readyz'))?.body.status === 'draining');
    expect((await gateway.probe('/livez'))!.status).toBe(200);
    for (let n = 0; n < 10; n++) {
      const { statusCode, headers, body } = await ask();
      await body.dump();
      expect([statusCode, headers['connection']]).toEqual([200, 'close']);
    }
    const began = performance.now();
    expect(await gateway.exited).toBe(0);
    expect(performance.now() - began).toBeLessThan(15_000);
    await agent.close();
    expect(gateway.output).not.toMatch(/"level":(50|60)/);
  });

  test('P01: under load no answer is missing, neither on old connections nor on new ones, until it has closed', async () => {
    const gateway = await start(2);
    const agent = new Agent({ connections: 8, pipelining: 1 });
    let draining = true;
    let answered = 0;
    const failed: string[] = [];
    const calling = Array.from({ length: 8 }, async () => {
      // oxlint-disable-next-line eslint/no-unmodified-loop-condition -- ended below
      while (draining) {
        try {
          const { statusCode, body } = await request(`${gateway.url}/jwks`, { dispatcher: agent });
          await body.dump();
          answered++;
          if (statusCode !== 200) failed.push(String(statusCode));
        } catch (error) {
          failed.push((error as Error).message);
        }
      }
    });
    await sleep(500);
    gateway.child.kill('SIGTERM');
    // A balancer that has seen the failing probe sends nothing new after that.
    await sleep(1_500);
    draining = false;
    await Promise.all(calling);
    expect(await gateway.exited).toBe(0);
    await agent.close();
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(50);
  });

  test('P02: a caller who never finishes its request does not hold the process up', async () => {
    const gateway = await start(0);
    const { hostname, port } = new URL(gateway.url);
    const { connect } = await import('node:net');
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write(
      'POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\nhalf',
    );
    await sleep(300);
    const began = performance.now();
    expect(await gateway.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  test('P03: a second signal ends it at once', async () => {
    const gateway = await start(30);
    gateway.child.kill('SIGTERM');
    await gateway.until(async () => (await gateway.probe('/readyz'))?.body.status === 'draining');
    const began = performance.now();
    expect(await gateway.stop('SIGINT')).toBe(1);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

test.each([
  ['a rejected promise nobody handles', 'void Promise.reject(new Error("lost +99003100001"))'],
  ['an error nobody catches', 'throw new Error("lost +99003100001")'],
])('P07: after %s it says so without the number, drains, and exits with 1', async (_what, statement) => {
  const file = join(dataDir, 'fault.mjs');
  await writeFile(file, `process.on('SIGUSR2', () => { setImmediate(() => { ${statement} }); });`);
  const gateway = await start(1, ['--import', file]);
  gateway.child.kill('SIGUSR2');
  await gateway.until(async () => (await gateway.probe('/readyz'))?.body.status === 'draining');
  expect((await fetch(`${gateway.url}/jwks`)).status).toBe(200);
  expect(await gateway.exited).toBe(1);
  expect(gateway.output).toMatch(/"msg":"the process ends","reason":"Error: lost \[number\]/);
});
