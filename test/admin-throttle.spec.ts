import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdminAnswer, AdminClient, adminOf, clientOf, memberOf } from './support/admin.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

const PER_MINUTE = 20;

let gateway: TestGateway;
let admin: AdminClient;
beforeAll(async () => {
  gateway = await startTestGateway({ ADMIN_REQUESTS_PER_MINUTE: String(PER_MINUTE) });
  admin = await adminOf(gateway);
});
afterAll(() => gateway.close());

function expectToWait({ status, headers, body }: AdminAnswer): void {
  expect({ status, body }).toEqual({
    status: 429,
    body: { status: 429, code: 'TOO_MANY_REQUESTS', message: expect.any(String) },
  });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}

describe('whoever presents wrong tokens', () => {
  const from = (ip: string) => ({ 'x-forwarded-for': ip });
  const wrong = (ip: string): Promise<AdminAnswer> =>
    clientOf(gateway.url, '', 'a wrong token').get('me', from(ip));

  test('is not listened to after ten of them, whatever comes next from there; others are', async () => {
    for (let n = 0; n < 10; n++) expect((await wrong('192.0.2.66')).status).toBe(401);
    expectToWait(await wrong('192.0.2.66'));
    expectToWait(await admin.get('me', from('192.0.2.66')));
    expect((await admin.get('me', from('192.0.2.67'))).status).toBe(200);
  });

  test('is not who presents none', async () => {
    for (let n = 0; n < 12; n++) {
      const answer = await fetch(`${gateway.url}/admin/v1/me`, { headers: from('192.0.2.68') });
      expect(answer.status).toBe(401);
    }
    expect((await admin.get('me', from('192.0.2.68'))).status).toBe(200);
  });
});

test('a caller has so many requests a minute over all operations, and another caller has its own', async () => {
  const busy = await memberOf(gateway, 'partner-viewer');
  const paths = ['me', 'tenants', 'plans'];
  const answers: AdminAnswer[] = [];
  for (let n = 0; n < PER_MINUTE + 1; n++) answers.push(await busy.get(paths[n % paths.length]!));
  expect(answers.slice(0, PER_MINUTE).map(({ status }) => status)).toEqual(Array(PER_MINUTE).fill(200));
  expectToWait(answers.at(-1)!);
  expect((await (await memberOf(gateway, 'partner-viewer')).get('me')).status).toBe(200);
});
