import { expect, test } from '@jest/globals';
import { Standing } from '../contract/rate-limit.js';
import { writeRateLimits } from './rate-limit-headers.js';

function written(standing: Standing): Record<string, string> {
  const headers: Record<string, string> = {};
  writeRateLimits({ header: (name, value) => (headers[name] = value) }, standing);
  return headers;
}

const policies = [
  { name: 'rate', quota: 50, windowSeconds: 1 },
  { name: 'tenant-month', quota: 100_000, windowSeconds: 2_592_000 },
  { name: 'concurrent', quota: 7, windowSeconds: undefined },
];

test('policies and standing are structured fields of the draft', () => {
  const tightest = [
    { name: 'rate', remaining: 49, resetSeconds: 1 },
    { name: 'tenant-month', remaining: 81_234, resetSeconds: 864_000 },
  ];
  expect(written({ policies, tightest })).toEqual({
    'ratelimit-policy':
      '"rate";q=50;w=1, "tenant-month";q=100000;w=2592000, "concurrent";q=7;qu="concurrent-requests"',
    ratelimit: '"rate";r=49;t=1, "tenant-month";r=81234;t=864000',
  });
});

test('calls at once have no time at which there are more', () => {
  const tightest = [{ name: 'concurrent', remaining: 0, resetSeconds: undefined }];
  expect(written({ policies, tightest }).ratelimit).toBe('"concurrent";r=0');
});

test('where nothing has to be told but the policies, nothing else is', () => {
  expect(Object.keys(written({ policies, tightest: [] }))).toEqual(['ratelimit-policy']);
});
