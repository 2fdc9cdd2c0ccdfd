import { AddressInfo, Server, createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DnsServer, startDnsServer } from '../../test/support/dns-server.js';
import { operatorAt } from '../../test/support/raw-operator.js';
import { Operator } from '../operators/operator.js';
import { Metrics } from '../telemetry/metrics.js';
import { BREAKER_DEFAULTS } from './breaker-settings.js';
import { HostNames } from './host-names.js';
import { isWithin } from './reach.js';
import { Upstream } from './upstream.js';

test.each([
  ['8.8.8.8', true, true],
  ['2606:4700::1', true, true],
  ['64:ff9b::808:808', true, true],
  ['10.1.2.3', false, true],
  ['172.16.0.1', false, true],
  ['192.168.1.1', false, true],
  ['100.64.0.1', false, true],
  ['fd00::1', false, true],
  ['127.0.0.1', false, true],
  ['::1', false, true],
  ['::ffff:127.0.0.1', false, true],
  ['64:ff9b::a01:203', false, true],
  ['169.254.169.254', false, false],
  ['::ffff:169.254.169.254', false, false],
  ['64:ff9b::a9fe:a9fe', false, false],
  ['fe80::1', false, false],
  ['0.0.0.0', false, false],
  ['224.0.0.1', false, false],
  ['255.255.255.255', false, false],
  ['2002:7f00:1::', false, false],
  ['no address', false, false],
])('%s: on the internet %s, by a private interconnect %s', (address, isPublic, isPrivate) => {
  expect([isWithin('public', address), isWithin('private', address), isWithin('any', address)]).toEqual([
    isPublic,
    isPrivate,
    true,
  ]);
});

describe('U37 an operator whose name leads to an inner address', () => {
  let dns: DnsServer;
  let server: Server;
  let port: number;
  let connections: number;
  let metrics: Metrics;
  let upstream: Upstream;

  beforeEach(async () => {
    dns = await startDnsServer({
      'loopback.example': { v4: ['127.0.0.1'] },
      'mixed.example': { v4: ['8.8.8.8', '127.0.0.1'] },
      'metadata.example': { v4: ['169.254.169.254'] },
      'inner.example': { v4: ['10.0.0.1'] },
      'six.example': { v6: ['0:0:0:0:0:ffff:7f00:1'] },
    });
    connections = 0;
    server = createServer((socket) => {
      connections++;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
    metrics = new Metrics();
    const names = new HostNames({
      resolver: dns.resolver,
      hosts: async () => '',
      system: () => Promise.reject(new Error('not asked')),
    });
    upstream = new Upstream(metrics, BREAKER_DEFAULTS, undefined, names);
  });
  afterEach(async () => {
    await upstream.close();
    server.close();
    await dns.close();
  });

  async function failure(host: string, over: Partial<Operator>): Promise<unknown> {
    const operator = { ...operatorAt(`https://${host}:${port}`, { timeoutMs: 1_000 }), id: host, ...over };
    using permit = upstream.admit(operator, 'api');
    const request = { method: 'GET' as const, path: '/x', headers: {} };
    return permit.send(request, 'secret', ({ body }) => body).catch((error: unknown) => error);
  }

  test.each(['loopback.example', 'mixed.example', 'metadata.example', 'inner.example', 'six.example'])(
    'is not called at %s: not a byte, not a connection',
    async (host) => {
      expect(await failure(host, { lifecycle: 'live' })).toMatchObject({
        problem: 'operatorUnreachable',
        detail: 'ssrf',
        neverSent: true,
      });
      expect(connections).toBe(0);
      expect(await metrics.renderPlain()).toContain('target="api",reason="ssrf"} 1');
    },
  );

  test.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]'])('nor at %s, which is no name', async (host) => {
    expect(await failure(host, { lifecycle: 'live' })).toMatchObject({ detail: 'ssrf', neverSent: true });
    expect(connections).toBe(0);
  });

  test('is called where its manifest says that it is on a private network, but never at link-local addresses', async () => {
    const known = { lifecycle: 'live', privateInterconnect: true } as const;
    expect(await failure('loopback.example', known)).not.toMatchObject({ detail: 'ssrf' });
    expect(connections).toBeGreaterThan(0);
    expect(await failure('metadata.example', known)).toMatchObject({ detail: 'ssrf' });
  });
});
