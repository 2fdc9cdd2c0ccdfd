import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { idOf, locations } from './support/admin-rig.js';
import { ConfigRig, PURPOSE, bank, changesOf, fileWith, idsOf } from './support/config-rig.js';

let rig: ConfigRig;
beforeAll(async () => {
  rig = await ConfigRig.start();
}, 60_000);
afterAll(() => rig.close());

describe('what a file manages', () => {
  test('the API changes only by force, which the audit log tells; the next apply undoes it', async () => {
    const key = `managed-${randomUUID()}`;
    const document = fileWith([bank(key, { applications: [{ key: 'app', name: 'App' }] })], { _tag: key });
    const applied = await rig.apply(document);
    const ids = idsOf(applied);
    for (const path of [`tenants/${ids[0]!}`, `applications/${ids[1]!}`]) {
      expect((await rig.admin.get(path)).body['managedBy']).toBe('config');
      const refused = await rig.admin.change('PATCH', path, { name: 'Other' });
      expect(refused).toMatchObject({ status: 409, body: { code: 'INCOMPATIBLE_STATE' } });
      expect(refused.body['message']).toContain('force=true');
      expect((await rig.admin.change('DELETE', path)).status).toBe(409);
      expect((await rig.admin.change('POST', `${path}/suspend`, undefined, path)).status).toBe(409);
    }
    const from = new Date(Date.now() - 1).toISOString();
    const path = `tenants/${ids[0]!}`;
    expect((await rig.admin.change('PATCH', `${path}?force=true`, { name: 'Other' }, path)).status).toBe(200);
    const { body } = await rig.admin.get(
      `audit-events?resourceId=${ids[0]!}&from=${encodeURIComponent(from)}`,
    );
    expect((body['items'] as { resource: object }[])[0]!.resource).toMatchObject({ forced: true });
    expect(changesOf(await rig.plan(document))).toEqual([`update tenant ${key}`]);
    await rig.apply(document);
    expect((await rig.admin.get(path)).body['name']).toBe(`Bank ${key}`);
  });

  test('a suspension made by force outlives the apply of a file that does not speak of it', async () => {
    const key = `stopped-${randomUUID()}`;
    const document = fileWith([bank(key)], { _tag: key });
    const path = `tenants/${idsOf(await rig.apply(document))[0]!}`;
    expect((await rig.admin.change('POST', `${path}/suspend?force=true`, undefined, path)).status).toBe(200);
    expect(changesOf(await rig.plan(document))).toEqual([]);
    const spoken = fileWith([bank(key, { status: 'active' })], { _tag: key });
    expect(changesOf(await rig.plan(spoken))).toEqual([`update tenant ${key}`]);
  });

  test('what the API manages a file takes over only when it is told to', async () => {
    const key = `own-${randomUUID()}`;
    idOf(await rig.admin.post('tenants', { key, name: 'By hand' }));
    const same = await rig.plan(fileWith([{ key, name: 'By hand' }]));
    expect(changesOf(same)).toEqual([]);
    expect(same.body['warnings']).toHaveLength(1);
    const differs = fileWith([bank(key)]);
    const refused = await rig.plan(differs);
    expect(refused.status).toBe(409);
    expect(locations(refused)).toEqual(['body.tenants.0']);
    expect(changesOf(await rig.apply(differs, 'adopt=true'))).toEqual([`update tenant ${key}`]);
    expect((await rig.admin.get(`tenants?key=${key}`)).body['items']).toMatchObject([
      { managedBy: 'config' },
    ]);
  });

  test('is deleted only on demand, with all that is its own, and nothing of another file', async () => {
    const tag = `prune-${randomUUID()}`.slice(0, 40);
    const application = {
      key: 'app',
      name: 'App',
      subscriptions: [
        { key: 's', purpose: PURPOSE, scopes: [VERIFY_SCOPE], grantTypes: ['authorization_code'], plan: tag },
      ],
      registrations: [{ operator: 'sandbox-camara-2-1', clientId: 'c', approval: 'approved' }],
    };
    const member = { key: 'm', kind: 'person', displayName: 'M', roles: ['Administrator'], subject: tag };
    const whole = fileWith(
      [bank(`${tag}-a`, { members: [member], applications: [application] }), bank(`${tag}-b`)],
      {
        _tag: tag,
        plans: [{ key: tag, name: 'Plan', limits: {} }],
        routes: [{ operator: 'sandbox-camara-2-1', kind: 'mccmnc', value: '90177' }],
      },
    );
    await rig.apply(whole);
    const other = fileWith([bank(`${tag}-c`)], { _tag: `${tag}-x` });
    await rig.apply(other);
    const less = fileWith([bank(`${tag}-b`)], { _tag: tag });
    expect(changesOf(await rig.plan(less))).toEqual([]);
    expect(changesOf(await rig.apply(less, 'prune=true'))).toEqual([
      'delete route mccmnc/90177',
      `delete registration ${tag}-a/app/sandbox-camara-2-1`,
      `delete subscription ${tag}-a/app/s`,
      `delete application ${tag}-a/app`,
      `delete tenant ${tag}-a`,
      `delete plan ${tag}`,
    ]);
    const left = (await rig.admin.get(`tenants?tags=${tag},${tag}-x`)).body['items'] as { key: string }[];
    expect(left.map((one) => one.key).toSorted()).toEqual([`${tag}-b`, `${tag}-c`]);
    // Its name is free again.
    expect((await rig.apply(whole)).status).toBe(200);
  });
});
