import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SHARE_SCOPE } from '../contract/number-verification.js';
import { Operator } from '../operators/operator.js';
import { Rig } from '../../test/support/sandbox-rig.js';
import { deviceOf, DIALECT_NAMES, simulated } from '../../test/support/simulated-operators.js';
import { FAULTS } from './faults.js';
import { habitsOf } from './habits.js';
import { isApiFault, showsFault } from './magic.js';

const operators = DIALECT_NAMES.map((dialect) => simulated(dialect));
const rows = <T>(keep: (fault: (typeof FAULTS)[number]) => fault is (typeof FAULTS)[number] & T) =>
  operators.flatMap((operator) =>
    FAULTS.filter(keep)
      .filter((fault) => showsFault(habitsOf(operator.dialect.name), fault))
      // One second each: once is enough.
      .filter((fault) => operator === operators[0] || fault.code !== 98)
      .map((fault) => ({ operator, fault, dialect: operator.dialect.name, ...fault })),
  );
const DEADLINE_TEXT = /abort|timeout/i;

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start(operators);
});
afterAll(() => rig.close());
afterEach(() => {
  rig.deadlineMs = 3_000;
});

/** One line for whatever came back. */
async function outcome(
  answer: Promise<Response>,
): Promise<{ status: number | string; text: string; headers?: Headers }> {
  try {
    const response = await answer;
    return { status: response.status, text: await response.text(), headers: response.headers };
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    return { status: DEADLINE_TEXT.test(message) ? 'timeout' : 'reset', text: cause?.message ?? '' };
  }
}

const askMagicNumber = async (operator: Operator, phoneNumber?: string, hashedPhoneNumber?: string) =>
  rig.verify(operator, await rig.accessToken(operator), { phoneNumber, hashedPhoneNumber });

function expectRow(
  act: (typeof FAULTS)[number]['act'],
  { status, text, headers }: { status: number | string; text: string; headers?: Headers },
): void {
  if (act.at !== 'api') throw new Error('not an API row');
  if ('error' in act) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(headers?.has('retry-after')).toBe(act.retryAfter !== undefined);
    if (headers?.get('content-type')?.startsWith('application/json')) {
      expect(JSON.parse(text)).toMatchObject({
        status,
        code: expect.any(String),
        message: expect.any(String),
      });
    } else expect(JSON.parse(text)).toHaveProperty('type');
  } else if ('status' in act) {
    expect({ status, text }).toEqual({ status: act.status, text: act.body });
  } else if ('verdict' in act) {
    expect(status).toBe(200);
    expect(text).not.toBe('{"devicePhoneNumberVerified":true}');
  } else {
    expect(status).toBe({ redirects: 302, resets: 'reset', hangs: 'timeout', 'answers-late': 200 }[act.does]);
  }
}

describe('API rows', () => {
  it.each(rows(isApiFault))(
    '$dialect, row $code: $shows, by device and by number',
    async ({ operator, fault }) => {
      const magic = deviceOf(operator, `255.${fault.code}`);
      if ('does' in fault.act && fault.act.does === 'hangs') rig.deadlineMs = 300;
      const seen = await Promise.all([
        outcome(
          rig.verify(operator, await rig.accessToken(operator, magic), { phoneNumber: '+99000000001' }),
        ),
        outcome(askMagicNumber(operator, `+99099900${fault.code}`)),
        outcome(askMagicNumber(operator, undefined, hash(`+99099912${fault.code}`))),
      ]);
      for (const answer of seen) expectRow(fault.act, answer);
      expect(rig.sandbox.calls.followedRedirects(operator.id)).toBe(0);
    },
  );

  it('go for the share endpoint by device', async () => {
    for (const operator of operators.slice(0, 5)) {
      const token = await rig.accessToken(operator, deviceOf(operator, '255.99'), SHARE_SCOPE);
      expect((await rig.share(operator, token)).status).toBe(500);
    }
  });
});

it('a magic number is none of any device', () => {
  expect(FAULTS.filter(isApiFault).every(({ code }) => code > 0 && code < 100)).toBe(true);
  expect(FAULTS.every(({ code }) => code > 0 && code < 255)).toBe(true);
  expect(new Set(FAULTS.map(({ code }) => code)).size).toBe(FAULTS.length);
});

const byRow = ([a]: string[], [b]: string[]): number => Number(a) - Number(b);

it('docs/sandbox.md shows the fault table as it is', () => {
  const page = readFileSync('docs/sandbox.md', 'utf8');
  const listed = [...page.matchAll(/^\| +(\d+) +\| (.+?) +\| (.+?) +\|$/gm)].map((row) => row.slice(1));
  const expected = FAULTS.map(({ code, shows, northbound, northboundShare }) => [
    String(code),
    shows,
    northboundShare ? `${northbound}; share: ${northboundShare}` : northbound,
  ]);
  expect(listed.toSorted(byRow)).toEqual(expected.toSorted(byRow));
});

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
