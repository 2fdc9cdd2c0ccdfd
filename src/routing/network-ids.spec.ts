import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import {
  RoutingService,
  failureOf,
  json,
  limitedHttp,
  startRoutingService,
} from '../../test/support/routing-service.js';
import { Secret } from '../contract/secret.js';
import { HttpNetworkIds } from './network-ids.js';

const NUMBER = '+99031000001';
let service: RoutingService;
beforeEach(async () => {
  service = await startRoutingService(json({ networkId: '99932' }));
});
afterEach(() => service.close());

const networkIds = (clock?: () => number) =>
  new HttpNetworkIds(limitedHttp(), { url: service.url, token: new Secret('token-1') }, clock);

describe('the network of a number', () => {
  test('is asked for by POST, with our token, and the number nowhere but in the body', async () => {
    expect(await networkIds().resolve(NUMBER)).toBe('99932');
    expect(service.asked).toEqual([
      {
        path: 'POST /network-id/v0/resolve-network-id',
        authorization: 'Bearer token-1',
        body: { phoneNumber: NUMBER },
      },
    ]);
  });

  test('is asked for once by many at a time, and remembered for ten minutes', async () => {
    let now = 0;
    const source = networkIds(() => now);
    await Promise.all(Array.from({ length: 20 }, () => source.resolve(NUMBER)));
    now = 599_999;
    await source.resolve(NUMBER);
    expect(service.asked).toHaveLength(1);
    now = 600_000;
    service.answer = json({ networkId: '99933' });
    expect(await source.resolve(NUMBER)).toBe('99933');
  });

  test.each([404, 422])('is unknown when the source answers %i', async (status) => {
    service.answer = json({ status }, status);
    expect(await networkIds().resolve(NUMBER)).toBeUndefined();
  });

  const answers: [string, string, RoutingService['answer']][] = [
    ['an error', 'status', json({}, 500)],
    ['401', 'unauthorized', json({}, 401)],
    ['a redirect', 'redirected', (_asked, response) => void response.writeHead(307, { location: '/' }).end()],
    ['another network id than MCC and MNC', 'garbage', json({ networkId: '1' })],
    ['no object', 'garbage', json(null)],
    ['100 KiB', 'too_large', (_asked, response) => void response.end('{'.padEnd(100 * 1024))],
    [
      'compressed data',
      'garbage',
      (_asked, response) =>
        void response
          .writeHead(200, { 'content-encoding': 'gzip' })
          .end(gzipSync(JSON.stringify({ networkId: '99932' }))),
    ],
    ['nothing at all', 'unreachable', (_asked, response) => void response.destroy()],
    ['never', 'timeout', () => {}],
  ];
  test.each(answers)(
    'is not known, and not remembered, when the source answers %s (%s)',
    async (_what, reason, answer) => {
      const source = networkIds();
      service.answer = answer;
      const failed = await failureOf(source.resolve(NUMBER));
      expect(failed.reason).toBe(reason);
      expect(inspect(failed, { depth: 9, showHidden: true })).not.toMatch(/99031000001|token-1/);
      service.answer = json({ networkId: '99932' });
      expect(await source.resolve(NUMBER)).toBe('99932');
    },
  );

  test('is not asked for by more than 32 at a time', async () => {
    service.answer = () => {};
    const source = networkIds();
    const many = Array.from({ length: 33 }, (_, n) => failureOf(source.resolve(`+9903100${1_000 + n}`)));
    expect((await many[32]!).reason).toBe('busy');
    await Promise.all(many);
    expect(service.asked).toHaveLength(32);
  });
});
