import { LookupAddress } from 'node:dns';
import { stat } from 'node:fs/promises';
import { LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DnsServer, startDnsServer } from '../../test/support/dns-server.js';
import { HostNames } from './host-names.js';

let dns: DnsServer;
let now: number;
let hosts: string;
let systemAsked: string[];
let names: HostNames;

beforeEach(async () => {
  dns = await startDnsServer({
    'one.example': { v4: ['192.0.2.1', '192.0.2.2'], v6: ['2001:db8:0:0:0:0:0:1'], ttlSeconds: 30 },
    'four.example': { v4: ['192.0.2.4'], ttlSeconds: 0 },
    'slow.example': { fails: 'silent' },
    'broken.example': { fails: 'servfail' },
  });
  now = 1_000;
  hosts = '127.0.0.1 localhost\n192.0.2.99 Pinned.example pinned # a private way\n';
  systemAsked = [];
  const system = async (name: string): Promise<LookupAddress[]> => {
    systemAsked.push(name);
    if (name === 'short') return [{ address: '192.0.2.77', family: 4 }];
    throw Object.assign(new Error('x'), { code: 'ENOTFOUND' });
  };
  names = new HostNames({ resolver: dns.resolver, hosts: async () => hosts, system }, () => now);
});
afterEach(() => dns.close());

const addresses = async (name: string): Promise<string[]> =>
  (await names.resolve(name)).map(({ address }) => address);
const failure = (name: string): Promise<string> =>
  names.resolve(name).then(
    () => 'found',
    ({ code }: NodeJS.ErrnoException) => code ?? 'no code',
  );
/** As `net.connect` asks. */
const looked = (name: string, options: Parameters<LookupFunction>[1] = { all: true }): Promise<unknown> =>
  new Promise((resolve, reject) => {
    names.lookup(name, options, (error, found, family) =>
      error ? reject(error) : resolve(options.all ? found : [found, family]),
    );
  });

async function until(met: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 5_000; !(await met()); await sleep(5)) {
    if (Date.now() > end) throw new Error('it did not come to that');
  }
}

describe('a name', () => {
  test('is asked for once and remembered as long as DNS says', async () => {
    const [one, two] = await Promise.all([addresses('one.example'), addresses('one.example')]);
    expect(one).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1']);
    expect(two).toEqual(one);
    now += 29_000;
    await addresses('one.example');
    expect(dns.asked.toSorted()).toEqual(['one.example A', 'one.example AAAA']);
    now += 2_000;
    expect(await addresses('one.example')).toEqual(one);
    await until(() => dns.asked.length === 4);
  });

  test('of one family only is found without the other', async () => {
    dns.records.set('six.example', { v6: ['2001:db8:0:0:0:0:0:6'] });
    expect([await addresses('six.example'), await addresses('four.example')]).toEqual([
      ['2001:db8::6'],
      ['192.0.2.4'],
    ]);
  });

  test('with a time to live of nothing is still not asked for by every call', async () => {
    await addresses('four.example');
    now += 900;
    await addresses('four.example');
    expect(dns.asked.filter((one) => one === 'four.example A')).toHaveLength(1);
  });

  test('in the hosts file is what the file says, and DNS is not asked', async () => {
    expect(await addresses('pinned.example')).toEqual(['192.0.2.99']);
    expect(dns.asked).toEqual([]);
  });

  test('localhost is this machine, whatever the file says', async () => {
    hosts = '';
    expect(await addresses('localhost')).toEqual(['127.0.0.1', '::1']);
    expect(dns.asked).toEqual([]);
  });

  test('that DNS does not know as it stands may be one of the system’s own', async () => {
    expect(await addresses('short')).toEqual(['192.0.2.77']);
  });

  test('gives IPv4 first, and another address first each time', async () => {
    const first = (await looked('one.example')) as LookupAddress[];
    const second = (await looked('one.example')) as LookupAddress[];
    expect(first.map(({ family }) => family)).toEqual([4, 4, 6]);
    expect(second[0]!.address).not.toBe(first[0]!.address);
    expect(await looked('one.example', { family: 6 })).toEqual(['2001:db8::1', 6]);
  });
});

describe('U36 a name server that', () => {
  test('knows no such name is asked once in five seconds, and the system after it', async () => {
    expect([await failure('gone.example'), await failure('gone.example')]).toEqual([
      'ENOTFOUND',
      'ENOTFOUND',
    ]);
    expect(systemAsked).toEqual(['gone.example']);
    now += 5_001;
    dns.records.set('gone.example', { v4: ['192.0.2.5'] });
    expect(await addresses('gone.example')).toEqual(['192.0.2.5']);
  });

  test('fails costs one question in a second, and the system is not asked', async () => {
    expect(await failure('broken.example')).toBe('ESERVFAIL');
    const before = dns.asked.length;
    expect(await failure('broken.example')).toBe('ESERVFAIL');
    expect(dns.asked).toHaveLength(before);
    expect(systemAsked).toEqual([]);
  });

  test('is silent costs half a second, and nothing of what others need', async () => {
    const started = performance.now();
    const slow = Array.from({ length: 50 }, (_, index) => {
      dns.records.set(`slow-${index}.example`, { fails: 'silent' });
      return failure(`slow-${index}.example`);
    });
    // Four look-ups of the system's would hold every thread by now.
    await Promise.all([stat('.'), addresses('one.example')]);
    expect(performance.now() - started).toBeLessThan(400);
    expect(new Set(await Promise.all(slow))).toEqual(new Set(['ETIMEOUT']));
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('is lost does not take a name away that was there: it serves for five minutes more', async () => {
    await addresses('one.example');
    dns.records.set('one.example', { fails: 'servfail' });
    now += 300_000;
    expect(await addresses('one.example')).toHaveLength(3);
    now += 60_000;
    expect(await failure('one.example')).toBe('ESERVFAIL');
  });

  test('says that a name is gone is believed', async () => {
    await addresses('one.example');
    dns.records.delete('one.example');
    now += 31_000;
    await until(async () => (await failure('one.example')) === 'ENOTFOUND');
  });

  test('never names the host in what it throws', async () => {
    const error = (await names.resolve('slow.example').catch((one: unknown) => one)) as Error;
    expect(error.message).not.toContain('slow');
  });
});
