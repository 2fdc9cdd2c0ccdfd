import { describe, expect, it } from '@jest/globals';
import { Problem } from '../contract/problem.js';
import { Target, UpstreamAnswer } from './dialect.js';
import { DIALECTS } from './dialects.js';

const target = (acceptContentType?: string): Target => ({
  basePath: '',
  capabilities: {
    verifyPlain: true,
    verifyHashed: true,
    share: true,
    hashOf: 'e164',
    stripPlus: false,
    acceptContentType,
  },
});
const ok = (body: unknown, headers: UpstreamAnswer['headers'] = {}): UpstreamAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const NUMBER = '+99003100001';
const BOTH = { devicePhoneNumberVerified: true, devicePhoneNumber: NUMBER };
const BROKEN = new Problem('operatorRouteBroken');

/** A 200 that is no answer, whichever of the two was asked. */
const GARBAGE: [what: string, answer: UpstreamAnswer][] = [
  ['an empty body', ok('')],
  ['HTML', ok('<html>true</html>')],
  ['truncated JSON', ok(JSON.stringify(BOTH).slice(0, -1))],
  ['trailing text', ok(`${JSON.stringify(BOTH)}true`)],
  ['null', ok('null')],
  ['a bare boolean', ok('true')],
  ['an array', ok([BOTH])],
  ['no field', ok({})],
  ['a nested answer', ok({ data: BOTH })],
  ['an inherited answer', ok(`{"__proto__":${JSON.stringify(BOTH)}}`)],
  ['ErrorInfo', ok({ status: 403, code: 'PERMISSION_DENIED', message: 'no' })],
  ['ErrorInfo beside an answer', ok({ ...BOTH, status: 403, code: 'PERMISSION_DENIED', message: 'no' })],
  ['snake case of 0.1', ok({ device_phone_number_verified: true, device_phone_number: NUMBER })],
  ['a compressed body', ok(BOTH, { 'content-encoding': 'gzip' })],
  ['text/html', ok(BOTH, { 'content-type': 'text/html' })],
  ['text/json', ok(BOTH, { 'content-type': 'text/json' })],
  ['a problem document', ok(BOTH, { 'content-type': 'application/problem+json' })],
  ['no content type', ok(BOTH, { 'content-type': undefined })],
  ['two content types', ok(BOTH, { 'content-type': ['application/json', 'text/html'] })],
];

describe.each(DIALECTS)('$name on verify', (dialect) => {
  const verify = (answer: UpstreamAnswer, tolerated?: string) =>
    dialect.decodeVerify(answer, target(tolerated));

  it.each([true, false])('takes %j for what it is', (verdict) => {
    expect(verify(ok({ devicePhoneNumberVerified: verdict }))).toBe(verdict);
    expect(verify(ok({ devicePhoneNumberVerified: verdict, extra: { deep: 1 } }))).toBe(verdict);
    expect(verify(ok({ devicePhoneNumberVerified: verdict }, { 'content-encoding': 'Identity' }))).toBe(
      verdict,
    );
  });

  it.each(['application/json;charset=utf-8', 'Application/JSON; Charset="UTF-8"', 'application/json ;x=y'])(
    'takes the content type %s',
    (type) => {
      expect(verify(ok({ devicePhoneNumberVerified: true }, { 'content-type': type }))).toBe(true);
    },
  );

  it('takes another content type only where the operator is known for it', () => {
    const answer = ok({ devicePhoneNumberVerified: true }, { 'content-type': 'text/plain; charset=utf-8' });
    expect(verify(answer, 'text/plain')).toBe(true);
    expect(() => verify(answer, 'text/html')).toThrow(BROKEN);
  });

  it.each([
    ...GARBAGE,
    ...['true', 'false', 0, 1, null, [], {}, ''].map((value): [string, UpstreamAnswer] => [
      `${JSON.stringify(value)} for the boolean`,
      ok({ devicePhoneNumberVerified: value }),
    ]),
    ['a share answer', ok({ devicePhoneNumber: NUMBER })],
    ['one key twice', ok('{"devicePhoneNumberVerified":false,"devicePhoneNumberVerified":true}')],
    [
      'one key twice, once escaped',
      ok('{"devicePhoneNumberVerified":true,"\\u0064evicePhoneNumberVerified":false}'),
    ],
    ['another case', ok({ devicephonenumberverified: false })],
  ])('never makes a verdict of a 200 with %s', (_what, answer) => {
    expect(() => verify(answer)).toThrow(BROKEN);
  });
});

describe.each(DIALECTS.filter((dialect) => dialect.capabilities.share))('$name on share', (dialect) => {
  const share = (answer: UpstreamAnswer) => dialect.decodeShare(answer, target());

  it.each([
    [NUMBER, NUMBER],
    ['99003100001', NUMBER],
    ['0099003100001', NUMBER],
    ['12345', '+12345'],
    ['123456789012345', '+123456789012345'],
  ])('reads %s as %s', (given, number) => {
    expect(share(ok({ devicePhoneNumber: given, extra: true }))).toBe(number);
  });

  it.each([
    ...GARBAGE,
    ...[
      '',
      '+',
      '1234',
      '1234567890123456',
      '0612345678',
      '000123456',
      '+0012345',
      '++12345',
      'tel:+12345',
      '12 345',
      '٣٣٣٣٣٣',
      '+12345\n',
      12345,
      true,
      null,
    ].map((value): [string, UpstreamAnswer] => [
      `${JSON.stringify(value)} for the number`,
      ok({ devicePhoneNumber: value }),
    ]),
    ['a verify answer', ok({ devicePhoneNumberVerified: true })],
  ])('never makes a number of a 200 with %s', (_what, answer) => {
    expect(() => share(answer)).toThrow(BROKEN);
  });
});

it('a dialect without share refuses to read one: 422', () => {
  const [dialect] = DIALECTS.filter(({ capabilities }) => !capabilities.share);
  expect(() => dialect!.decodeShare(ok(BOTH), target())).toThrow(new Problem('notApplicable'));
});
