import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { authError, bcAuthorize, operatorTokenOf } from '../../test/support/sandbox-flows.js';
import { Rig } from '../../test/support/sandbox-rig.js';
import { deviceOf, DIALECT_NAMES, simulated } from '../../test/support/simulated-operators.js';
import { Operator } from '../operators/operator.js';

const operators = DIALECT_NAMES.map((dialect) => simulated(dialect));
const [ciba] = operators.filter(({ name }) => name === 'camara-2.0') as [Operator];
/** Another operator that takes the same hints. */
const copy = { ...simulated('camara-2.0'), id: 'copy', routes: { cidrs: ['10.77.0.0/16'], prefixes: [] } };

let nowMs = Date.now();
let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start([...operators, copy], () => nowMs);
});
afterAll(() => rig.close());
afterEach(() => {
  nowMs = Date.now();
});

const status = async (operator: Operator, token: string): Promise<number> =>
  (await bcAuthorize(rig, operator, `operatortoken:${token}`)).status;

it.each(operators)('$name gives a device of its network an opaque token', async (operator) => {
  const token = await operatorTokenOf(rig, operator);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(await operatorTokenOf(rig, operator)).not.toBe(token);
});

it.each(operators)('$name gives none to a device it does not know', async (operator) => {
  const answer = await fetch(`${rig.issuer(operator)}/operator-token`, {
    method: 'POST',
    headers: { 'x-forwarded-for': '192.0.2.1' },
  });
  expect(answer.status).toBe(403);
  expect(await answer.json()).not.toHaveProperty('operatorToken');
});

it('a token is good once', async () => {
  const token = await operatorTokenOf(rig, ciba);
  expect(await status(ciba, token)).toBe(200);
  expect(await status(ciba, token)).toBe(400);
});

it('a token ends after 120 s', async () => {
  const [inTime, late] = [await operatorTokenOf(rig, ciba), await operatorTokenOf(rig, ciba)];
  nowMs += 119_000;
  expect(await status(ciba, inTime)).toBe(200);
  nowMs += 1_001;
  expect(await status(ciba, late)).toBe(400);
});

it('a token of one operator is nothing to another, and stays good at its own', async () => {
  const token = await operatorTokenOf(rig, ciba);
  expect(await status(copy, token)).toBe(400);
  expect(await status(ciba, token)).toBe(200);
});

it('a copied operator has devices of its own', async () => {
  const answer = await bcAuthorize(
    rig,
    copy,
    `operatortoken:${await operatorTokenOf(rig, copy, deviceOf(copy))}`,
  );
  expect(answer.status).toBe(200);
  expect(rig.sandbox.devices.at(-1)).toMatchObject({
    operator: 'copy',
    ip: '10.77.0.1',
    mccmnc: ciba.networks[0],
    operatorTokenUrl: `${rig.issuer(copy)}/operator-token`,
  });
});

it.each(operators)('$name says in its discovery document which flows it has', async (operator) => {
  const answer = await fetch(`${rig.issuer(operator)}/.well-known/openid-configuration`);
  const document = (await answer.json()) as Record<string, unknown>;
  const { flows } = operator.auth;
  const ciba = flows.includes('ciba');
  expect(document['grant_types_supported']).toEqual([
    'authorization_code',
    ...(ciba ? ['urn:openid:params:grant-type:ciba'] : []),
    ...(flows.includes('jwt_bearer') ? ['urn:ietf:params:oauth:grant-type:jwt-bearer'] : []),
  ]);
  expect(document['backchannel_authentication_endpoint']).toBe(
    ciba ? `${rig.issuer(operator)}/bc-authorize` : undefined,
  );
  expect((await bcAuthorize(rig, operator, 'nonsense')).status).toBe(ciba ? 400 : 404);
});

it.each(operators)('$name does not refresh, nor serve a flow that its manifest lacks', async (operator) => {
  const { params } = await rig.authorize(operator, deviceOf(operator));
  const answer = await rig.token(operator, params.get('code')!);
  const { refresh_token = 'none' } = (await answer.json()) as { refresh_token?: string };
  const missing = ['urn:openid:params:grant-type:ciba', 'urn:ietf:params:oauth:grant-type:jwt-bearer'].slice(
    operator.auth.flows.length - 1,
  );
  for (const grant_type of ['refresh_token', 'client_credentials', ...missing]) {
    const { headers, form } = await rig.proof(operator);
    const refused = await rig.post(operator, 'token', { grant_type, refresh_token, ...form }, headers);
    expect([grant_type, refused.status]).toEqual([grant_type, 400]);
    expect(await refused.json()).toMatchObject(authError(operator, 400, 'unsupported_grant_type'));
  }
});
