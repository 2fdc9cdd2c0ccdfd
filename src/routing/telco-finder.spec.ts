import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  RoutingService,
  failureOf,
  json,
  limitedHttp,
  operator,
  startRoutingService,
} from '../../test/support/routing-service.js';
import { Secret } from '../contract/secret.js';
import { TelcoFinder } from './telco-finder.js';

const NUMBER = '+99031000001';
let service: RoutingService;
beforeEach(async () => {
  service = await startRoutingService(json({ operatorId: 'one' }));
});
afterEach(() => service.close());

const brands = () => [
  operator('one', { telcoFinder: { url: service.url } }),
  operator('two', { telcoOperatorId: 'BRAND_ES' }),
  operator('three', { telcoOperatorId: 'TWICE' }),
  operator('four', { telcoOperatorId: 'TWICE' }),
];

function search(target: Parameters<TelcoFinder['search']>[1], secrets = new Map<string, Secret>()) {
  const all = brands();
  return new TelcoFinder(limitedHttp(), all, secrets).search(all[0]!, target);
}

describe('a Telco Finder', () => {
  test('gets address and port, and its word for a brand is translated into ours', async () => {
    service.answer = json({ operatorId: 'BRAND_ES', apiRoot: 'https://stranger.example' });
    expect((await search({ ip: '100.64.0.9', port: 31_000 }))?.id).toBe('two');
    expect(service.asked).toMatchObject([
      {
        path: 'POST /telco-finder/v1/search',
        body: {
          target: { ipv4Address: { publicAddress: '100.64.0.9', publicPort: 31_000 } },
          includeApiRoot: false,
        },
      },
    ]);
  });

  test('gets an IPv6 address as such', async () => {
    service.answer = json({ operatorId: 'one' });
    expect((await search({ ip: '2001:db8::9', port: 1 }))?.id).toBe('one');
    expect(service.asked).toMatchObject([{ body: { target: { ipv6Address: '2001:db8::9' } } }]);
  });

  test('searches deeper for a number that its own records do not have', async () => {
    service.answer = (asked, response) =>
      (asked.body as { portabilitySearchMode: string }).portabilitySearchMode === 'DEEP'
        ? json({ operatorId: 'BRAND_ES' })(asked, response)
        : json({ code: 'NOT_FOUND' }, 404)(asked, response);
    expect((await search({ phoneNumber: NUMBER }))?.id).toBe('two');
    expect(service.asked.map(({ body }) => body)).toMatchObject([
      { target: { phoneNumber: NUMBER }, portabilitySearchMode: 'SHALLOW' },
      { target: { phoneNumber: NUMBER }, portabilitySearchMode: 'DEEP' },
    ]);
  });

  test.each([
    ['a brand we do not know', 'STRANGER'],
    ['a brand that is two of ours', 'TWICE'],
  ])('that names %s finds nobody', async (_what, operatorId) => {
    service.answer = json({ operatorId });
    expect(await search({ ip: '100.64.0.9' })).toBeUndefined();
  });

  test('is not asked without the token that its manifest names', async () => {
    const finder = operator('one', { telcoFinder: { url: service.url, secret: 'ONE_FINDER' } });
    const searching = (secrets: Map<string, Secret>) =>
      new TelcoFinder(limitedHttp(), [finder], secrets).search(finder, { ip: '100.64.0.9' });
    expect((await failureOf(searching(new Map()))).reason).toBe('secret_missing');
    service.answer = json({ operatorId: 'one' });
    await searching(new Map([['ONE_FINDER', new Secret('token-2')]]));
    expect(service.asked.map(({ authorization }) => authorization)).toEqual(['Bearer token-2']);
  });
});
