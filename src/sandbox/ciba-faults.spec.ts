import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { authError, bcAuthorize, operatorTokenOf, poll } from '../../test/support/sandbox-flows.js';
import { Rig } from '../../test/support/sandbox-rig.js';
import { deviceOf, simulated } from '../../test/support/simulated-operators.js';
import { Operator } from '../operators/operator.js';
import { phoneNumberOf } from './devices.js';

const camara = simulated('camara-2.1');
const vonage = simulated('vonage-v031');
const operators = [camara, vonage];

let nowMs = Date.now();
let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start(operators, () => nowMs);
});
afterAll(() => rig.close());
afterEach(() => {
  nowMs = Date.now();
  rig.deadlineMs = 3_000;
});

/** Begins a sign-in of the magic device of this row. */
async function begin(operator: Operator, code: number): Promise<Response> {
  const ip = deviceOf(operator, `255.${code}`);
  const hint =
    operator === vonage
      ? `tel:${phoneNumberOf(ip)}`
      : `operatortoken:${await operatorTokenOf(rig, operator, ip)}`;
  return bcAuthorize(rig, operator, hint);
}
const begun = async (
  operator: Operator,
  code: number,
): Promise<{ auth_req_id: string; interval?: unknown }> =>
  (await begin(operator, code)).json() as Promise<{ auth_req_id: string }>;

/** What each poll is told, one every `everyMs`. */
async function polled(operator: Operator, id: string, everyMs: number[]): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const waitMs of everyMs) {
    nowMs += waitMs;
    const answer = await poll(rig, operator, id);
    const body = (await answer.json()) as { error?: string; detail?: string };
    seen.push(answer.status === 200 ? 200 : (body.error ?? body.detail));
  }
  return seen;
}

describe.each(operators)('$name', (operator) => {
  it.each([
    [101, operator === vonage ? 404 : 400, 'unknown_user_id'],
    [102, 403, 'access_denied'],
    [103, 400, 'consent_required'],
    [104, 500, 'server_error'],
  ])('row %s: answers /bc-authorize with %s %s', async (code, status, error) => {
    const answer = await begin(operator, code);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject(authError(operator, status, error));
  });

  it('row 105: leaves /bc-authorize without an answer', async () => {
    rig.deadlineMs = 300;
    await expect(begin(operator, 105)).rejects.toThrow(/abort|timeout/i);
  });

  it.each([
    [106, undefined],
    [107, 0],
    [108, 1e9],
  ])('row %s: names an interval of %s and needs two polls', async (code, interval) => {
    const asked = await begun(operator, code);
    expect(asked.interval === undefined ? undefined : Number(asked.interval)).toBe(interval);
    expect(await polled(operator, asked.auth_req_id, [0, 5_000])).toEqual(['authorization_pending', 200]);
  });

  it.each([
    [109, ['authorization_pending', 'authorization_pending', 'authorization_pending', 200]],
    [112, ['expired_token', 'invalid_grant']],
    [113, ['access_denied', 'invalid_grant']],
    [114, ['consent_required', 'invalid_grant']],
  ])('row %s: answers polls with %s', async (code, expected) => {
    const { auth_req_id } = await begun(operator, code);
    const answers = await polled(
      operator,
      auth_req_id,
      expected.map(() => 2_000),
    );
    const denied = operator === vonage ? 'The application may not do this' : 'access_denied';
    expect(answers).toEqual(expected.map((one) => (one === 'access_denied' ? denied : one)));
  });

  it('row 110: stays pending until the request ends', async () => {
    const { auth_req_id } = await begun(operator, 110);
    const waits = [0, ...Array.from({ length: 60 }, () => 2_000), 2_000];
    const answers = await polled(operator, auth_req_id, waits);
    expect(answers.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => 'authorization_pending'));
    expect(answers.slice(60)).toEqual(['expired_token', 'expired_token']);
  });

  it('row 111: slows down once, and insists on 5 s more from then on', async () => {
    const { auth_req_id } = await begun(operator, 111);
    expect(await polled(operator, auth_req_id, [0, 7_000])).toEqual(['slow_down', 200]);
    const hasty = await begun(operator, 111);
    expect(await polled(operator, hasty.auth_req_id, [0, 2_000, 12_000])).toEqual([
      'slow_down',
      'slow_down',
      200,
    ]);
  });

  it('a poll before its time is told to slow down', async () => {
    const { auth_req_id } = await begun(operator, 109);
    expect(await polled(operator, auth_req_id, [0, 1_000, 6_950, 7_000, 7_000])).toEqual([
      'authorization_pending',
      'slow_down',
      'authorization_pending',
      'authorization_pending',
      200,
    ]);
  });

  it('rows of the token answer hold for CIBA, too', async () => {
    const { auth_req_id } = await begun(operator, 124);
    const answer = await poll(rig, operator, auth_req_id);
    expect(await answer.json()).not.toHaveProperty('expires_in');
    const failing = await begun(operator, 8);
    expect((await poll(rig, operator, failing.auth_req_id)).status).toBe(500);
  });
});
