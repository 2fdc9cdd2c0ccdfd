import { afterEach, describe, expect, test } from '@jest/globals';
import { Server, createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { JwksDoor } from './jwks-door.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

function door(sandbox: boolean): JwksDoor {
  const made = new JwksDoor(sandbox);
  open.push(() => made.onApplicationShutdown());
  return made;
}

/** On loopback; @returns its URL, and how many requests have come */
async function serving(
  answer: Parameters<typeof createServer>[1],
): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server: Server = createServer((request, response) => {
    asked += 1;
    answer!(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/jwks`, asked: () => asked };
}

describe('outside the sandbox', () => {
  test.each([
    ['plain http', 'http://asp.example/jwks'],
    ['a file', 'file:///etc/passwd'],
    ['credentials', 'https://user:word@asp.example/jwks'],
    ['loopback', 'https://127.0.0.1/jwks'],
    ['loopback in other letters', 'https://0x7f.1/jwks'],
    ['loopback over IPv6', 'https://[::1]/jwks'],
    ['IPv4 inside IPv6', 'https://[::ffff:10.0.0.1]/jwks'],
    ['a private network', 'https://10.1.2.3/jwks'],
    ['the metadata service of a cloud', 'https://169.254.169.254/latest/meta-data'],
    ['carrier NAT', 'https://100.64.0.1/jwks'],
  ])('%s is never asked', async (_what, url) => {
    await expect(door(false).read(url)).rejects.toThrow('forbidden');
  });

  test('a name that means this machine is never connected to', async () => {
    const { url, asked } = await serving((_request, response) => response.end('{}'));
    await expect(door(false).read(url.replace('http:', 'https:'))).rejects.toThrow(/forbidden|unreachable/);
    expect(asked()).toBe(0);
  });
});

describe('in the sandbox', () => {
  test('this machine may be asked, others only by TLS', async () => {
    const { url } = await serving((_request, response) => response.end('{"keys":[]}'));
    expect(await door(true).read(url)).toBe('{"keys":[]}');
    await expect(door(true).read('http://asp.example/jwks')).rejects.toThrow('forbidden');
  });

  test('a redirect is not followed', async () => {
    const target = await serving((_request, response) => response.end('{"keys":[]}'));
    const { url } = await serving((_request, response) =>
      response.writeHead(302, { location: target.url }).end(),
    );
    await expect(door(true).read(url)).rejects.toThrow('status');
    expect(target.asked()).toBe(0);
  });

  test('a body of more than 64 KiB is not read to its end', async () => {
    const { url } = await serving((_request, response) => response.end('x'.repeat(70_000)));
    await expect(door(true).read(url)).rejects.toThrow('unreachable');
  });

  test('a body that drips is given up after 2.5 s', async () => {
    const { url } = await serving((_request, response) => {
      const drip = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(drip));
    });
    const startedAtMs = performance.now();
    await expect(door(true).read(url)).rejects.toThrow('timeout');
    expect(performance.now() - startedAtMs).toBeLessThan(12_500);
  });
});
