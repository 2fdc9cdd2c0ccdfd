import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { authError } from '../../test/support/sandbox-flows.js';
import { Rig } from '../../test/support/sandbox-rig.js';
import { deviceOf, DIALECT_NAMES, simulated } from '../../test/support/simulated-operators.js';
import { Operator } from '../operators/operator.js';
import { SignInAct, SignInFault } from './fault.js';
import { habitsOf } from './habits.js';
import { isSignInFault, showsFault } from './magic.js';
import { SIGN_IN_FAULTS } from './sign-in-faults.js';

const operators = DIALECT_NAMES.map((dialect) => simulated(dialect));
const rowsAt = (...places: SignInAct['at'][]): { operator: Operator; dialect: string; row: SignInFault }[] =>
  operators.flatMap((operator) =>
    SIGN_IN_FAULTS.filter(isSignInFault)
      .filter((row) => places.includes(row.act.at) && showsFault(habitsOf(operator.dialect.name), row))
      .map((row) => ({ operator, dialect: operator.dialect.name, row })),
  );

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start(operators);
});
afterAll(() => rig.close());
afterEach(() => {
  rig.deadlineMs = 3_000;
});

const signIn = (operator: Operator, code: number): ReturnType<Rig['authorize']> =>
  rig.authorize(operator, deviceOf(operator, `255.${code}`));

describe('at /authorize', () => {
  it.each(rowsAt('authorize', 'redirect'))(
    '$dialect, row $row.code: $row.shows',
    async ({ operator, row }) => {
      const answer = signIn(operator, row.code);
      if ('hangs' in row.act) {
        const late = new Promise((resolve) => setTimeout(resolve, 200, 'waiting'));
        expect(
          await Promise.race([
            answer.then(
              () => 'answered',
              () => 'cut',
            ),
            late,
          ]),
        ).toBe('waiting');
        return;
      }
      const { params } = await answer;
      if ('error' in row.act) expect(params.get('error')).toBe(row.act.error);
      else expect(params.get('iss')).toBe('https://operator.invalid');
    },
  );
});

describe('at /token', () => {
  it.each(rowsAt('token'))('$dialect, row $row.code: $row.shows', async ({ operator, row }) => {
    const { act } = row;
    const code = (await signIn(operator, row.code)).params.get('code')!;
    if ('hangs' in act) {
      rig.deadlineMs = 300;
      await expect(rig.token(operator, code)).rejects.toThrow(/abort|timeout/i);
      return;
    }
    const answer = await rig.token(operator, code);
    const body = (await answer.json()) as Record<string, unknown>;
    if ('status' in act) {
      expect(answer.status).toBe(act.status);
      expect(body).toMatchObject(
        authError(operator, act.status, 'error' in act ? act.error! : 'server_error'),
      );
      return;
    }
    expect(answer.status).toBe(200);
    if ('ttlSeconds' in act) expect(Number(body['expires_in'])).toBe(act.ttlSeconds);
    if (!('spoils' in act)) return;
    for (const [name, value] of Object.entries(act.spoils)) {
      expect([name, body[name]]).toEqual([name, value]);
      expect(name in body).toBe(value !== undefined);
    }
  });

  it.each(rowsAt('id_token'))(
    '$dialect, row $row.code: $row.shows',
    async ({ operator, row: { act, code } }) => {
      const answer = await rig.token(operator, (await signIn(operator, code)).params.get('code')!);
      const claims = decodeJwt(((await answer.json()) as { id_token: string }).id_token);
      if ('amr' in act) expect(claims['amr']).toEqual(act.amr);
      else expect(claims['nonce'] === 'nonce-1').toBe('foreign' in act && act.foreign === 'key');
    },
  );
});

it('rows of the backchannel do not touch a sign-in by redirect', async () => {
  for (const { operator, row } of rowsAt('bc-authorize', 'poll')) {
    expect((await signIn(operator, row.code)).params.get('code')).not.toBeNull();
  }
});
