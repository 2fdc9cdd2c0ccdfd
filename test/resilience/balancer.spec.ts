import { createServer, RequestListener, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Balancer } from './balancer.js';

const servers: Server[] = [];
let balancer: Balancer | undefined;

afterEach(async () => {
  await balancer?.close();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

interface FakeGateway {
  name: string;
  url: string;
  ready: boolean;
  requests: number;
  server: Server;
  isReady(): Promise<boolean>;
}

async function gateway(name: string, answer: RequestListener = (_q, r) => r.end(name)): Promise<FakeGateway> {
  const server = createServer((request, response) => {
    fake.requests++;
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fake: FakeGateway = { name, url, server, ready: true, requests: 0, isReady: async () => fake.ready };
  return fake;
}

async function ask(times: number): Promise<(string | null)[]> {
  const pods: (string | null)[] = [];
  for (let at = 0; at < times; at++) {
    const answer = await fetch(balancer!.url, { method: 'POST', body: 'x' });
    pods.push(`${answer.headers.get('x-balancer-pod')} ${answer.status}`);
  }
  return pods;
}

describe('the balancer', () => {
  it('takes turns', async () => {
    balancer = await Balancer.start([await gateway('one'), await gateway('two')], 0);
    expect(new Set(await ask(4))).toEqual(new Set(['one 200', 'two 200']));
  });

  it('sends nothing to a gateway that is not ready', async () => {
    const [one, two] = [await gateway('one'), await gateway('two')];
    one.ready = false;
    balancer = await Balancer.start([one, two], 0);
    expect(await ask(4)).toEqual(Array.from({ length: 4 }, () => 'two 200'));
    expect(one.requests).toBe(0);
  });

  it('lets one that was not ready twice in a row go, and takes it again when it is', async () => {
    const [one, two] = [await gateway('one'), await gateway('two')];
    balancer = await Balancer.start([one, two], 0);
    one.ready = false;
    await balancer.check();
    await balancer.check();
    expect(balancer.ready).toEqual(['two']);
    one.ready = true;
    await balancer.check();
    expect(balancer.ready).toEqual(['one', 'two']);
  });

  it('tries another one when a connection is refused, for then nothing was sent', async () => {
    const [one, two] = [await gateway('one'), await gateway('two')];
    balancer = await Balancer.start([one, two], 0);
    await new Promise((resolve) => one.server.close(resolve));
    one.ready = false;
    expect(await ask(4)).toEqual(Array.from({ length: 4 }, () => 'two 200'));
  });

  it('never sends a request twice that a gateway may have seen', async () => {
    const one = await gateway('one', (request) => request.socket.destroy());
    const two = await gateway('two', (request) => request.socket.destroy());
    balancer = await Balancer.start([one, two], 0);
    expect(await ask(1)).toEqual(['none 502']);
    expect(one.requests + two.requests).toBe(1);
  });
});
