import { expect, test } from '@jest/globals';
import { Families } from './families.js';

/** The samples of one family, as they stand on the page. */
async function pageOf(families: Families, name: string): Promise<string[]> {
  return (await families.render()).split('\n').filter((line) => line.startsWith(name));
}

test('a value counts in its bucket and in all above it, a bound belongs to the bucket below', async () => {
  const families = new Families();
  const took = families.histogram('took_seconds', 'How long it took', [0.1, 1], ['who']);
  for (const seconds of [0.05, 0.1, 0.5, 7]) took.of('one').observe(seconds);
  took.of('two');
  expect(await pageOf(families, 'nvgw_took_seconds')).toEqual([
    'nvgw_took_seconds_bucket{le="0.1",who="one"} 2',
    'nvgw_took_seconds_bucket{le="1",who="one"} 3',
    'nvgw_took_seconds_bucket{le="+Inf",who="one"} 4',
    'nvgw_took_seconds_sum{who="one"} 7.65',
    'nvgw_took_seconds_count{who="one"} 4',
    'nvgw_took_seconds_bucket{le="0.1",who="two"} 0',
    'nvgw_took_seconds_bucket{le="1",who="two"} 0',
    'nvgw_took_seconds_bucket{le="+Inf",who="two"} 0',
    'nvgw_took_seconds_sum{who="two"} 0',
    'nvgw_took_seconds_count{who="two"} 0',
  ]);
});

test('one without labels shows before its first value', async () => {
  const families = new Families();
  const rows = families.histogram('batch_rows', 'Rows', [1]).of();
  expect(await pageOf(families, 'nvgw_batch_rows_count')).toEqual(['nvgw_batch_rows_count 0']);
  rows.observe(2);
  expect(await pageOf(families, 'nvgw_batch_rows_count')).toEqual(['nvgw_batch_rows_count 1']);
});

test('a name is taken once', () => {
  const families = new Families();
  families.histogram('took_seconds', 'How long it took', [1]);
  expect(() => families.histogram('took_seconds', 'How long it took', [1])).toThrow('already');
});
