import { describe, expect, test } from '@jest/globals';
import { ClientAddresses } from './client-address.js';

const addresses = new ClientAddresses(['127.0.0.0/8', '::1/128', '192.0.2.0/24', '2001:db8:1::/48']);

/** What is found for a connection from `peer` with this X-Forwarded-For. */
function found(peer: string, forwarded?: string): unknown {
  const request = {
    headers: { 'x-forwarded-for': forwarded },
    socket: { remoteAddress: peer, remotePort: 4711 },
  };
  return addresses.of(request as unknown as Parameters<ClientAddresses['of']>[0]);
}

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
    ['is unknown for octal and short forms', '127.0.0.1', '0127.1', undefined],
  ])('%s', (_what, peer, forwarded, expected) => {
    expect(found(peer, forwarded)).toEqual(expected);
  });
});
