import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '../src/database/database.js';
import { Operators } from '../src/operators/operators.js';
import { Upstream } from '../src/upstream/upstream.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice, tokenFor } from './support/tokens.js';

const DIALECT = 'camara-2.1';
const OTHER = 'camara-2.0';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const operatorOf = (dialect: string) =>
  gateway.app
    .get(Operators)
    .all()
    .find((one) => one.dialect.name === dialect && one.lifecycle === 'sandbox')!;
const deviceOf = (dialect: string) => gateway.device(dialect);
const token = (dialect = DIALECT) => tokenFor(gateway.sandbox, deviceOf(dialect).ip);

async function verify(bearer: string, dialect = DIALECT): Promise<number> {
  const answer = await fetch(`${gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ phoneNumber: deviceOf(dialect).phoneNumber }),
  });
  return answer.status;
}

/** As the admin API leaves it in the database; waits until it is in force. */
async function settings(enabled: boolean, breakers: object, inForce: () => boolean): Promise<void> {
  await gateway.app
    .get(Database)
    .pool('admin')
    .query(
      `INSERT INTO operator_settings (operator_id, enabled, breakers) VALUES ($1, $2, $3)
       ON CONFLICT (operator_id) DO UPDATE SET enabled = $2, breakers = $3`,
      [operatorOf(DIALECT).id, enabled, breakers],
    );
  for (const end = Date.now() + 10_000; !inForce(); await sleep(10)) {
    if (Date.now() > end) throw new Error('the switch is not in force');
  }
}

const off = () => operatorOf(DIALECT).off !== undefined;
const held = (target: 'api' | 'token') =>
  gateway.app.get(Upstream).health(operatorOf(DIALECT))[target].forced?.mode;

test('C38: an operator switched off answers 503 to tokens already issued and takes no sign-in; others go on', async () => {
  const issued = await token();
  await settings(false, {}, off);
  expect(await verify(issued)).toBe(503);
  const { authorizeUrl } = beginSignIn(gateway.sandbox);
  const { redirectUri } = gateway.sandbox.application;
  const end = await followAsDevice(authorizeUrl, deviceOf(DIALECT).ip, redirectUri);
  expect(end.searchParams.get('error')).not.toBeNull();
  expect(await verify(await token(OTHER), OTHER)).toBe(200);
  await settings(true, {}, () => !off());
  expect(await verify(issued)).toBe(200);
});

test('a circuit held open by hand answers 503 and spends no token; let go of, the same token is good', async () => {
  const issued = await token();
  const until = new Date(Date.now() + 60_000).toISOString();
  await settings(true, { api: { mode: 'open', until } }, () => held('api') === 'open');
  expect(held('token')).toBeUndefined();
  expect(await verify(issued)).toBe(503);
  await settings(true, {}, () => held('api') === undefined);
  expect(await verify(issued)).toBe(200);
});
