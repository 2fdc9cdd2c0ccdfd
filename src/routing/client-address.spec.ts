import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ClientAddresses } from './client-address.js';

const TRUSTED = ['127.0.0.0/8', '::1/128', '192.0.2.0/24', '2001:db8:1::/48'];
const addresses = new ClientAddresses(TRUSTED);

type Request = Parameters<ClientAddresses['of']>[0];
const request = (peer: string, headers: Record<string, string | undefined>) =>
  ({ headers, socket: { remoteAddress: peer, remotePort: 4711 } }) as unknown as Request;

/** What is found for a connection from `peer` with this X-Forwarded-For. */
const found = (peer: string, forwarded?: string): unknown =>
  addresses.of(request(peer, { 'x-forwarded-for': forwarded }));

describe('the address of a client', () => {
  test.each([
    [
      'of a stranger is its own, whatever it writes',
      '203.0.113.5',
      '10.0.0.1',
      { ip: '203.0.113.5', port: 4711 },
    ],
    ['behind a proxy of ours is the one it names', '127.0.0.1', '203.0.113.5', { ip: '203.0.113.5' }],
    [
      'behind two of ours is the rightmost that is not ours',
      '127.0.0.1',
      '10.0.0.1, 203.0.113.5, 192.0.2.9',
      { ip: '203.0.113.5' },
    ],
    [
      'is never what a stranger wrote to the left',
      '127.0.0.1',
      '10.35.0.1, 203.0.113.5',
      { ip: '203.0.113.5' },
    ],
    ['keeps the port', '127.0.0.1', '203.0.113.5:31000', { ip: '203.0.113.5', port: 31000 }],
    ['may be IPv6', '::1', '[2001:db8:2::7]:31000', { ip: '2001:db8:2::7', port: 31000 }],
    ['may be IPv6 without brackets', '::1', '2001:db8:2::7', { ip: '2001:db8:2::7' }],
    ['is unmapped from IPv6', '::ffff:127.0.0.1', '::ffff:203.0.113.5', { ip: '203.0.113.5' }],
    ['without the header is the connection', '127.0.0.1', undefined, { ip: '127.0.0.1', port: 4711 }],
    ['is unknown when a proxy of ours says so', '127.0.0.1', 'unknown', undefined],
    ['is unknown with a port that is none', '127.0.0.1', '203.0.113.5:99999', undefined],
    ['is unknown for octal and short forms', '127.0.0.1', '0127.1', undefined],
  ])('%s', (_what, peer, forwarded, expected) => {
    expect(found(peer, forwarded)).toEqual(expected);
  });

  test('is what our proxy saw, whatever a stranger wrote before it', () => {
    const lie = fc.oneof(
      fc.string(),
      fc.constantFrom('10.31.0.1', '127.0.0.1', '192.0.2.1', '[::1]:1', 'for=10.31.0.1', '"', 'unknown'),
    );
    fc.assert(
      fc.property(fc.array(lie), (lies) => {
        expect(found('127.0.0.1', [...lies, '203.0.113.5:31000'].join(', '))).toEqual({
          ip: '203.0.113.5',
          port: 31_000,
        });
      }),
    );
  });
});

describe('where our proxies write Forwarded (RFC 7239)', () => {
  const forwarded = new ClientAddresses(TRUSTED, 'forwarded');

  test.each([
    ['for=203.0.113.5', { ip: '203.0.113.5' }],
    ['For="203.0.113.5:31000";proto=https;by=192.0.2.1', { ip: '203.0.113.5', port: 31_000 }],
    ['proto=https; for="[2001:db8:2::7]:31000"', { ip: '2001:db8:2::7', port: 31_000 }],
    ['for=10.31.0.1, for=203.0.113.5, for=192.0.2.9', { ip: '203.0.113.5' }],
    ['for="10.31.0.1, for=203.0.113.5', { ip: '203.0.113.5' }],
    ['for=10.31.0.1, for=unknown', undefined],
    ['for=10.31.0.1, for=_hidden', undefined],
    ['for=10.31.0.1, proto=https', undefined],
    ['for=10.31.0.1, notfor=203.0.113.5', undefined],
  ])('%s is read', (header, expected) => {
    expect(forwarded.of(request('127.0.0.1', { forwarded: header }))).toEqual(expected);
  });

  test('X-Forwarded-For is a stranger’s word, and the other way round', () => {
    const both = { 'x-forwarded-for': '203.0.113.5', forwarded: 'for=203.0.113.6' };
    expect(forwarded.of(request('127.0.0.1', both))?.ip).toBe('203.0.113.6');
    expect(addresses.of(request('127.0.0.1', both))?.ip).toBe('203.0.113.5');
    expect(forwarded.of(request('127.0.0.1', { 'x-forwarded-for': '10.31.0.1' }))?.ip).toBe('127.0.0.1');
  });
});
