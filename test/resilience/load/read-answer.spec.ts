import { describe, expect, it } from '@jest/globals';
import { readAnswer, WireAnswer } from './read-answer.js';

const HEADERS = {
  'x-correlator': 'c',
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-balancer-pod': 'gateway-1',
};
const read = (over: Partial<WireAnswer>, operation: 'verify' | 'share' = 'verify') =>
  readAnswer(
    { status: 200, headers: HEADERS, body: '{"devicePhoneNumberVerified":true}', ...over },
    operation,
    'c',
  );
const error = (status: number, code: string, message = 'no'): Partial<WireAnswer> => ({
  status,
  body: JSON.stringify({ status, code, message }),
});

describe('a legal answer is read', () => {
  it.each([
    ['true', read({}), 'true'],
    ['false', read({ body: '{"devicePhoneNumberVerified":false}' }), 'false'],
    ['a number', read({ body: '{"devicePhoneNumber":"+990000000001"}' }, 'share'), '+990000000001'],
  ])('as %s', (_what, reading, verdict) => {
    expect(reading).toMatchObject({ verdict, illegal: '', pod: 'gateway-1' });
  });

  it('as an error', () => {
    const headers = { ...HEADERS, 'retry-after': '5' };
    expect(read({ ...error(503, 'UNAVAILABLE'), headers })).toMatchObject({
      code: 'UNAVAILABLE',
      retryAfter: 5,
      illegal: '',
      verdict: '',
    });
  });
});

it('a call that the balancer lost has no status', () => {
  const headers = { 'x-balancer-pod': 'none', 'x-balancer-error': 'ECONNRESET' };
  expect(read({ status: 502, headers, body: '' })).toMatchObject({ status: 0, code: 'ECONNRESET' });
});

it.each([
  ['another correlator', { headers: { ...HEADERS, 'x-correlator': 'd' } }],
  ['a charset', { headers: { ...HEADERS, 'content-type': 'application/json; charset=utf-8' } }],
  ['a storable answer', { headers: { ...HEADERS, 'cache-control': 'max-age=1' } }],
  ['a word for a boolean', { body: '{"devicePhoneNumberVerified":"true"}' }],
  ['something beside it', { body: '{"devicePhoneNumberVerified":true,"x":1}' }],
  ['a number on verify', { body: '{"devicePhoneNumber":"+990000000001"}' }],
  ['a code of another status', error(502, 'UNAVAILABLE')],
  ['503 without Retry-After', error(503, 'UNAVAILABLE')],
  ['an error that tells a number', error(502, 'BAD_GATEWAY', 'no +990000000001')],
  ['an error in HTML', { status: 502, body: '<html>' }],
  ['a fourth key', { status: 502, body: '{"status":502,"code":"BAD_GATEWAY","message":"x","y":1}' }],
])('%s is illegal', (_what, over) => {
  expect(read(over).illegal).not.toBe('');
});
