import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { memberOf } from './support/admin.js';
import { locations, newTenant, privateKey } from './support/admin-rig.js';
import { ConfigRig, PURPOSE, bank, changesOf, fileWith } from './support/config-rig.js';

let rig: ConfigRig;
beforeAll(async () => {
  rig = await ConfigRig.start();
}, 60_000);
afterAll(() => rig.close());

describe('a plan', () => {
  test('is applied once: the state that it was made for has gone by then', async () => {
    const document = fileWith([bank(`once-${randomUUID()}`)], { _tag: 'once' });
    const { planHash } = (await rig.plan(document)).body as { planHash: string };
    const done = await rig.admin.post(`config:apply?planHash=${planHash}`, document);
    expect(done.status).toBe(200);
    expect(changesOf(done)).toHaveLength(1);
    const again = await rig.admin.post(`config:apply?planHash=${planHash}`, document);
    expect(again).toMatchObject({ status: 412, body: { code: 'FAILED_PRECONDITION' } });
    expect(changesOf(await rig.plan(document))).toEqual([]);
    expect((await rig.admin.post('config:apply', document)).status).toBe(400);
  });

  test('is for the wish that it was made for, with its options', async () => {
    const document = fileWith([bank(`other-${randomUUID()}`)], { _tag: 'other' });
    const { planHash } = (await rig.plan(document)).body as { planHash: string };
    expect((await rig.admin.post(`config:apply?prune=true&planHash=${planHash}`, document)).status).toBe(412);
  });

  test('changes nothing, also where it was rehearsed', async () => {
    const key = `rehearsed-${randomUUID()}`;
    expect((await rig.plan(fileWith([bank(key)]))).status).toBe(200);
    expect((await rig.admin.get(`tenants?key=${key}`)).body['items']).toEqual([]);
  });

  test.each([
    ['an unknown key', { redirectUri: 'x' }, 'body.tenants.0.applications.0.redirectUri'],
    ['a private key', { jwks: { keys: [privateKey('k')] } }, 'body.tenants.0.applications.0.jwks.keys.0.d'],
    [
      'a secret',
      { registrations: [{ operator: 'sandbox-camara-2-1', clientId: 'c', credential: 'plain' }] },
      'body.tenants.0.applications.0.registrations.0.credential',
    ],
    [
      'a secret of the gateway’s own',
      {
        registrations: [
          { operator: 'sandbox-camara-2-1', clientId: 'c', credential: '${env:KEY_ENCRYPTION_KEY}' },
        ],
      },
      'body.tenants.0.applications.0.registrations.0.credential',
    ],
    [
      'a file of the gateway’s machine',
      {
        registrations: [{ operator: 'sandbox-camara-2-1', clientId: 'c', credential: '${file:/etc/passwd}' }],
      },
      'body.tenants.0.applications.0.registrations.0.credential',
    ],
    [
      'a secret that is not there',
      {
        registrations: [
          { operator: 'sandbox-camara-2-1', clientId: 'c', credential: '${env:CONFIG_SECRET_NONE}' },
        ],
      },
      'body.tenants.0.applications.0.registrations.0.credential',
    ],
    [
      'an operator that is none',
      { registrations: [{ operator: 'nobody', clientId: 'c' }] },
      'body.tenants.0.applications.0.registrations.0.operator',
    ],
    [
      'a plan that is none',
      {
        subscriptions: [
          {
            key: 's',
            purpose: PURPOSE,
            scopes: [VERIFY_SCOPE],
            grantTypes: ['authorization_code'],
            plan: 'none',
          },
        ],
      },
      'body.tenants.0.applications.0.subscriptions.0.plan',
    ],
  ])('refuses %s with its place', async (_, application, place) => {
    const answer = await rig.plan(
      fileWith([bank('a', { applications: [{ key: 'app', name: 'App', ...application }] })]),
    );
    expect(answer.status).toBe(400);
    expect(locations(answer)).toContain(place);
    expect(JSON.stringify(answer.body)).not.toContain('plain"');
  });

  test('refuses two of one name, and a document that is too long', async () => {
    expect(locations(await rig.plan(fileWith([bank('a'), bank('a')])))).toEqual(['body.tenants.1.key']);
    const long = fileWith([bank('a', { description: 'x' })], { plans: [], filler: 'x'.repeat(256 * 1024) });
    expect((await rig.plan(long)).status).toBe(413);
    const { status, body } = await rig.planYaml('_format: "1"\ntenants: [\n');
    expect([status, (body['details'] as { location: string }[])[0]!.location]).toEqual([
      400,
      expect.stringMatching(/^body:\d+:\d+$/),
    ]);
  });
});

describe('who may', () => {
  test('a viewer plans and does not apply; a tenant does neither', async () => {
    const document = fileWith([bank(`viewed-${randomUUID()}`)]);
    const viewer = await memberOf(rig.gateway, 'partner-viewer');
    const planned = await rig.plan(document, '', viewer);
    expect(planned.status).toBe(200);
    const path = `config:apply?planHash=${String(planned.body['planHash'])}`;
    expect((await viewer.post(path, document)).status).toBe(403);
    const tenant = await newTenant(rig.admin);
    const manager = await memberOf(rig.gateway, ['BusinessManager', 'Administrator'], tenant);
    expect((await rig.plan(document, '', manager)).status).toBe(403);
    expect((await manager.post(path, document)).status).toBe(403);
    expect((await manager.get('config')).status).toBe(403);
  });
});
