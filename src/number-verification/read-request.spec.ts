import { describe, expect, test } from '@jest/globals';
import { assert, json, property } from 'fast-check';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../contract/problem.js';
import { Call } from './call.js';
import { readVerifyRequest } from './read-request.js';

const NUMBER = '+99003100001';
const HASH = 'b49f9168e8a886ffd61a090b51a26e117717f5f6fa804af49ea67043a2bfa4f0';

const read = (body: string | Buffer | undefined, headers: Record<string, string> = {}) =>
  readVerifyRequest(
    new Call(
      {
        headers,
        correlator: 'c',
        body: body === undefined ? undefined : Buffer.from(body as string),
      } as unknown as FastifyRequest,
      { header: () => undefined! },
    ),
  );

const refused = (body: string | Buffer | undefined, headers?: Record<string, string>): void => {
  try {
    read(body, headers);
  } catch (error) {
    expect((error as Problem).problem).toBe('invalidArgument');
    return;
  }
  throw new Error(`accepted ${String(body)}`);
};

describe('a legal body is read', () => {
  test.each([
    `{"phoneNumber":"${NUMBER}"}`,
    ` \n{"phone\\u004eumber" : "${NUMBER}"}\t`,
    '{"phoneNumber":"+12345"}',
    '{"phoneNumber":"+123456789012345"}',
    `{"hashedPhoneNumber":"${HASH}"}`,
    `{"hashedPhoneNumber":"${HASH.toUpperCase()}"}`,
  ])('%s', (body) => {
    expect(read(body)).toEqual(JSON.parse(body));
  });
});

describe('anything else is INVALID_ARGUMENT', () => {
  test.each([
    ['nothing', undefined],
    ['an empty body', ''],
    ['an empty object', '{}'],
    ['null', 'null'],
    ['a string', `"${NUMBER}"`],
    ['an array', `[{"phoneNumber":"${NUMBER}"}]`],
    ['both properties', `{"phoneNumber":"${NUMBER}","hashedPhoneNumber":"${HASH}"}`],
    ['an unknown property', '{"foo":"bar"}'],
    ['a known and an unknown property', `{"phoneNumber":"${NUMBER}","foo":1}`],
    ['a number as number', '{"phoneNumber":99003100001}'],
    ['null as number', '{"phoneNumber":null}'],
    ['the same key twice', `{"phoneNumber":"+12345","phoneNumber":"${NUMBER}"}`],
    ['the same key twice, escaped', `{"phoneNumber":"+12345","\\u0070honeNumber":"${NUMBER}"}`],
    ['__proto__ beside it', `{"phoneNumber":"${NUMBER}","__proto__":{}}`],
    ['__proto__ around it', `{"__proto__":{"phoneNumber":"${NUMBER}"}}`],
    ['constructor beside it', `{"phoneNumber":"${NUMBER}","constructor":{}}`],
    ['a byte order mark', `\ufeff{"phoneNumber":"${NUMBER}"}`],
    ['broken JSON', '{"phoneNumber":'],
    ['something behind it', `{"phoneNumber":"${NUMBER}"}x`],
    ['2000 open brackets', '['.repeat(2000)],
    ['2000 nested objects', `${'{"a":'.repeat(600)}1${'}'.repeat(600)}`],
    ['too few digits', '{"phoneNumber":"+1234"}'],
    ['too many digits', '{"phoneNumber":"+1234567890123456"}'],
    ['a leading zero', '{"phoneNumber":"+0123456789"}'],
    ['no plus', '{"phoneNumber":"99003100001"}'],
    ['a line break behind it', '{"phoneNumber":"+99003100001\\n"}'],
    ['fullwidth digits', '{"phoneNumber":"+９９００３１００００１"}'],
    ['Arabic digits', '{"phoneNumber":"+٩٩٠٠٣١٠٠٠٠١"}'],
    ['63 hex digits', `{"hashedPhoneNumber":"${HASH.slice(1)}"}`],
    ['65 hex digits', `{"hashedPhoneNumber":"${HASH}0"}`],
    ['no hex', `{"hashedPhoneNumber":"${'g'.repeat(64)}"}`],
  ])('%s', (_name, body) => refused(body));

  test('bytes that are not UTF-8, overlong forms included', () => {
    refused(Buffer.from([0x7b, 0xff, 0x7d]));
    refused(
      Buffer.concat([Buffer.from('{"phoneNumber":"+'), Buffer.from([0xc0, 0xb1]), Buffer.from('2345"}')]),
    );
  });

  test('an x-correlator outside its pattern, but not an empty one', () => {
    const body = `{"phoneNumber":"${NUMBER}"}`;
    refused(body, { 'x-correlator': 'with space' });
    refused(body, { 'x-correlator': 'x'.repeat(257) });
    expect(read(body, { 'x-correlator': '' })).toEqual({ phoneNumber: NUMBER });
  });

  test('whatever JSON there is, only the two forms pass and nothing else is thrown', () => {
    assert(
      property(json(), (body) => {
        refused(body);
      }),
    );
  });
});
