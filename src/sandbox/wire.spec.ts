import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Operator } from '../operators/operator.js';
import { Rig } from '../../test/support/sandbox-rig.js';
import { deviceOf, DIALECT_NAMES, simulated } from '../../test/support/simulated-operators.js';
import { phoneNumberOf } from './devices.js';

const operators = DIALECT_NAMES.map((dialect) => simulated(dialect));
const named = (dialect: string): Operator => operators[DIALECT_NAMES.indexOf(dialect)]!;
const picky = {
  ...simulated('camara-2.1', { capabilities: { stripPlus: true, hashOf: 'plain-digits', share: false } }),
  id: 'picky',
};
let clockMs = Date.now();
let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start([...operators, picky], () => clockMs);
});
afterAll(() => rig.close());

async function ask(operator: Operator, body: object, headers?: Record<string, string>): Promise<Response> {
  return rig.verify(operator, await rig.accessToken(operator), body, headers);
}

/** NV 0.3.1, 0.4 draft, r1.3, r2.4, r4.2 and Vonage's OpenAPI 0.3.1, word for word. */
const TEXTS: Record<string, [invalid: string, unauthenticated: string, denied: string]> = {
  'camara-0.3': ['param', 'credentials', 'action'],
  'camara-0.4': ['param', 'credentials', 'action'],
  'camara-1.0': ['param', 'credentials.', 'action.'],
  'camara-2.0': ['param', 'credentials.', 'action.'],
  'camara-2.1': ['param.', 'credentials. A new authentication is required.', 'action.'],
  'vonage-v031': ['param', 'credentials', 'action'],
};

describe.each(operators)('errors of $name', (operator) => {
  const [invalid, unauthenticated, denied] = TEXTS[operator.name]!;

  it('are in the words of its version', async () => {
    const status = async (code: number): Promise<unknown> =>
      (await ask(operator, { phoneNumber: `+99099900${code}` })).json();
    expect(await (await ask(operator, {})).json()).toEqual({
      status: 400,
      code: 'INVALID_ARGUMENT',
      message: `Client specified an invalid argument, request body or query ${invalid}`,
    });
    expect(await status(20)).toEqual({
      status: 401,
      code: 'UNAUTHENTICATED',
      message: `Request not authenticated due to missing, invalid, or expired ${unauthenticated}`,
    });
    expect(await status(22)).toEqual({
      status: 403,
      code: 'PERMISSION_DENIED',
      message: `Client does not have sufficient permissions to perform this ${denied}`,
    });
  });

  it('refuse what its version calls a bad body', async () => {
    const own = phoneNumberOf(deviceOf(operator));
    const lax = operator.name === 'camara-0.3' || operator.name === 'vonage-v031';
    const early = lax || operator.name === 'camara-0.4';
    const statuses = async (bodies: object[]): Promise<number[]> =>
      Promise.all(bodies.map(async (body) => (await ask(operator, body)).status));
    expect(
      await statuses([{ phoneNumber: own, hashedPhoneNumber: 'a'.repeat(64) }, [], { phoneNumber: 1 }]),
    ).toEqual([400, 400, 400]);
    expect(await statuses([{ phoneNumber: own, more: 1 }])).toEqual([lax ? 200 : 400]);
    expect(await statuses([{ phoneNumber: own.slice(1) }])).toEqual([early ? 200 : 400]);
    expect(await statuses([{ hashedPhoneNumber: 'xyz' }])).toEqual([
      operator.name === 'camara-2.1' ? 400 : 200,
    ]);
    expect((await ask(operator, { phoneNumber: own }, { 'content-type': 'text/plain' })).status).toBe(415);
  });
});

it.each([
  ['camara-0.3', 'any thing', 200],
  ['camara-0.4', 'not-a-uuid', 400],
  ['camara-0.4', randomUUID(), 200],
  ['camara-1.0', 'any thing', 200],
  ['camara-2.0', 'a:b', 400],
  ['camara-2.0', 'a'.repeat(56), 400],
  ['camara-2.0', 'a'.repeat(55), 200],
  ['camara-2.1', 'a:b;<{}>', 200],
  ['camara-2.1', 'a b', 400],
])('%s answers x-correlator %s with %s', async (dialect, correlator, status) => {
  const answer = await ask(named(dialect), { phoneNumber: '+99000000001' }, { 'x-correlator': correlator });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('x-correlator')).toBe(status === 200 ? correlator : null);
});

it("Vonage's v031 knows no x-correlator", async () => {
  const answer = await ask(named('vonage-v031'), { phoneNumber: '+99000000001' }, { 'x-correlator': 'a b' });
  expect([answer.status, answer.headers.get('x-correlator')]).toEqual([200, null]);
});

it('content types are bare, at 0.3 with a charset', async () => {
  for (const operator of operators) {
    const answer = await ask(operator, { phoneNumber: '+99000000001' });
    const expected = `application/json${operator.name === 'camara-0.3' ? ';charset=UTF-8' : ''}`;
    expect([operator.name, answer.headers.get('content-type')]).toEqual([operator.name, expected]);
  }
});

it.each([
  ['camara-0.3', 403, 'NUMBER_VERIFICATION.INVALID_TOKEN_CONTEXT'],
  ['camara-0.4', 403, 'NUMBER_VERIFICATION.INVALID_TOKEN_CONTEXT'],
  ['camara-1.0', 403, 'INVALID_TOKEN_CONTEXT'],
  ['camara-2.0', 422, 'MISSING_IDENTIFIER'],
  ['camara-2.1', 422, 'MISSING_IDENTIFIER'],
  ['vonage-v031', 403, 'NUMBER_VERIFICATION.INVALID_TOKEN_CONTEXT'],
])('%s says that the token has no number as %s %s', async (dialect, status, code) => {
  const answer = await ask(named(dialect), { phoneNumber: '+9909990095' });
  expect(await answer.json()).toMatchObject({ status, code });
});

it('Vonage answers 502 INTERNAL itself, and everything else from its platform', async () => {
  const bad = await ask(named('vonage-v031'), { phoneNumber: '+9909990050' });
  expect(await bad.json()).toEqual({ status: 502, code: 'INTERNAL', message: 'Bad Gateway' });
  const away = await ask(named('vonage-v031'), { phoneNumber: '+9909990091' });
  expect([away.status, away.headers.get('content-type')]).toEqual([503, 'application/problem+json']);
});

it('follows the capabilities of its manifest', async () => {
  const own = phoneNumberOf(deviceOf(picky));
  expect((await ask(picky, { phoneNumber: own })).status).toBe(400);
  expect(await (await ask(picky, { phoneNumber: own.slice(1) })).json()).toEqual({
    devicePhoneNumberVerified: true,
  });
  expect((await rig.share(picky, 'none')).status).toBe(404);
});

it('an access token ends when it says: after 300 s, at Vonage after 29 s', async () => {
  for (const [dialect, seconds] of [
    ['camara-2.1', 300],
    ['vonage-v031', 29],
  ] as const) {
    const operator = named(dialect);
    const [inTime, late] = [await rig.accessToken(operator), await rig.accessToken(operator)];
    clockMs += seconds * 1000 - 1_000;
    expect((await rig.verify(operator, inTime, { phoneNumber: '+99000000001' })).status).toBe(200);
    clockMs += 1_001;
    expect((await rig.verify(operator, late, { phoneNumber: '+99000000001' })).status).toBe(401);
    clockMs = Date.now();
  }
});
