import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { Tenants } from '../src/tenants/tenants.js';
import { readClientSecret } from '../src/tenants/client-secret.js';
import { AdminAnswer, AdminClient, adminOf, memberOf } from './support/admin.js';
import { idOf, locations, newApplication, newTenant, onceOnly } from './support/admin-rig.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

describe('credentials', () => {
  let gateway: TestGateway;
  let admin: AdminClient;
  let tenant: string;
  let administrator: AdminClient;
  let user: AdminClient;
  let credentials: string;

  beforeAll(async () => {
    gateway = await startTestGateway({ CLIENT_SECRETS: 'on' });
    admin = await adminOf(gateway);
    tenant = await newTenant(admin);
    administrator = await memberOf(gateway, 'Administrator', tenant);
    user = await memberOf(gateway, 'User', tenant);
  });
  afterAll(() => gateway?.close());

  /** @returns the path of its credentials */
  const newPlace = async () => `applications/${await newApplication(admin, tenant)}/credentials`;
  const create = (who: AdminClient, place: string, mode = 'test') => who.post(place, { mode }, onceOnly());
  const rotate = (place: string, id: string, overlapSeconds: number) =>
    administrator.post(`${place}/${id}/rotate`, { overlapSeconds }, onceOnly());
  const secretOf = ({ body }: AdminAnswer) => body['secret'] as string;
  const inForce = async (secret: string): Promise<boolean> => {
    const tenants = gateway.app.get(Tenants, { strict: false });
    await tenants.load();
    return tenants.credential(readClientSecret(secret)!.lookUp) !== undefined;
  };

  beforeAll(async () => {
    credentials = await newPlace();
  });

  test('the secret stands in the answer that made it, and nowhere after', async () => {
    const created = await create(administrator, credentials);
    const secret = secretOf(created);
    expect(readClientSecret(secret)).toMatchObject({ mode: 'test' });
    expect(created).toMatchObject({
      status: 201,
      body: { mode: 'test', lastFour: secret.slice(-4), status: 'active', expiresAt: null, revokedAt: null },
    });
    const where = `${credentials}/${idOf(created)}`;
    expect(created.headers.get('location')).toBe(`/admin/v1/${where}`);
    expect(created.headers.get('cache-control')).toBe('no-store');
    const read = await administrator.get(where);
    const { secret: _, ...metadata } = created.body;
    expect(read).toMatchObject({ status: 200, body: metadata, etag: created.etag });
    const listed = await administrator.get(credentials);
    expect(JSON.stringify([read.body, listed.body])).not.toContain(secret);
    expect(JSON.stringify(listed.body)).not.toMatch(/hash|lookUp/);
    expect(await inForce(secret)).toBe(true);
  });

  test('the same request again tells that it was shown, not what', async () => {
    const place = await newPlace();
    const headers = onceOnly();
    const first = await administrator.post(place, { mode: 'test' }, headers);
    const again = await administrator.post(place, { mode: 'test' }, headers);
    expect(again).toMatchObject({ status: 201, body: { id: first.body['id'], secretShown: true } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(JSON.stringify(again.body)).not.toContain(secretOf(first));
    expect('secret' in again.body).toBe(false);
    expect((await administrator.get(place)).headers.get('x-total-count')).toBe('1');
    const rotation = onceOnly();
    const path = `${place}/${idOf(first)}/rotate`;
    const rotated = await administrator.post(path, { overlapSeconds: 60 }, rotation);
    const replay = await administrator.post(path, { overlapSeconds: 60 }, rotation);
    expect(replay).toMatchObject({ status: 201, body: { id: rotated.body['id'], secretShown: true } });
    expect('secret' in replay.body).toBe(false);
  });

  test('neither database nor audit log hold any of the secrets', async () => {
    const place = await newPlace();
    const created = await create(administrator, place);
    const rotated = await rotate(place, idOf(created), 0);
    const { dataSource } = gateway.app.get(Database, { strict: false });
    for (const table of ['credentials', 'audit_events', 'idempotency_keys']) {
      const rows = await dataSource.query<{ row: string }[]>(`SELECT t::text AS row FROM ${table} t`);
      const text = rows.map(({ row }) => row).join('\n');
      expect(text).toContain(idOf(rotated));
      for (const secret of [secretOf(created), secretOf(rotated)]) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(secret.split('_')[3]);
      }
    }
    const audit = await dataSource.query<{ action: string; after: unknown }[]>(
      "SELECT action, after FROM audit_events WHERE resource ->> 'id' = $1 ORDER BY seq",
      [idOf(created)],
    );
    expect(audit).toMatchObject([
      { action: 'credential.create', after: { lastFour: created.body['lastFour'] } },
      { action: 'credential.rotate', after: { successor: idOf(rotated) } },
    ]);
  });

  test.each([
    ['create without Idempotency-Key', '', { mode: 'test' }, {}, 'header.idempotency-key'],
    ['create with a mode that there is not', '', { mode: 'prod' }, onceOnly(), 'body.mode'],
    ['create with a secret of its own', '', { mode: 'test', secret: 'x' }, onceOnly(), 'body.secret'],
    ['rotate without Idempotency-Key', 'rotate', { overlapSeconds: 0 }, {}, 'header.idempotency-key'],
    ['rotate without saying for how long', 'rotate', {}, onceOnly(), 'body.overlapSeconds'],
    [
      'rotate with too long an overlap',
      'rotate',
      { overlapSeconds: 2_592_001 },
      onceOnly(),
      'body.overlapSeconds',
    ],
    [
      'rotate with an overlap in the past',
      'rotate',
      { overlapSeconds: -1 },
      onceOnly(),
      'body.overlapSeconds',
    ],
  ])('%s is refused', async (_, verb, body, headers, where) => {
    const place = await newPlace();
    const id = idOf(await create(administrator, place));
    const answer = await administrator.post(verb ? `${place}/${id}/${verb}` : place, body, headers);
    expect([answer.status, locations(answer)]).toEqual([400, [where]]);
    expect((await administrator.get(place)).headers.get('x-total-count')).toBe('1');
  });

  test('two of each mode at once are enough, also for those who ask at the same time', async () => {
    const place = await newPlace();
    const answers = await Promise.all([1, 2, 3].map(() => create(administrator, place)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 201, 409]);
    expect((await create(administrator, place, 'live')).status).toBe(201);
    expect(await create(administrator, place)).toMatchObject({
      status: 409,
      body: { code: 'INCOMPATIBLE_STATE' },
    });
  });

  test('a rotation leaves the old secret in force for as long as was asked for', async () => {
    const place = await newPlace();
    const old = await create(administrator, place);
    const rotated = await rotate(place, idOf(old), 3_600);
    expect(rotated).toMatchObject({ status: 201, body: { mode: 'test', status: 'active', expiresAt: null } });
    expect(secretOf(rotated)).not.toBe(secretOf(old));
    const { body } = await administrator.get(`${place}/${idOf(old)}`);
    const leftMs = Date.parse(body['expiresAt'] as string) - Date.now();
    expect(leftMs).toBeGreaterThan(3_500_000);
    expect(leftMs).toBeLessThanOrEqual(3_600_000);
    expect([await inForce(secretOf(old)), await inForce(secretOf(rotated))]).toEqual([true, true]);
    expect(await rotate(place, idOf(old), 0)).toMatchObject({
      status: 409,
      body: { code: 'INCOMPATIBLE_STATE' },
    });
    expect(await rotate(place, idOf(rotated), 60)).toMatchObject({ status: 409 });
    expect(await inForce(secretOf(rotated))).toBe(true);
  });

  test('a rotation without overlap ends the old secret at once', async () => {
    const place = await newPlace();
    const old = await create(administrator, place);
    const rotated = await rotate(place, idOf(old), 0);
    expect((await administrator.get(`${place}/${idOf(old)}`)).body).toMatchObject({ status: 'expired' });
    expect([await inForce(secretOf(old)), await inForce(secretOf(rotated))]).toEqual([false, true]);
  });

  test('a revoked secret is no longer in force; the last one goes with a suspended application only', async () => {
    const place = await newPlace();
    const [first, last] = [await create(administrator, place), await create(administrator, place)];
    const where = `${place}/${idOf(first)}`;
    expect((await administrator.send('DELETE', where)).status).toBe(428);
    expect((await administrator.send('DELETE', where, undefined, { 'if-match': '"9"' })).status).toBe(412);
    expect((await administrator.change('DELETE', where)).status).toBe(204);
    expect((await administrator.get(where)).body).toMatchObject({ status: 'revoked' });
    expect(await inForce(secretOf(first))).toBe(false);
    expect((await administrator.change('DELETE', where)).status).toBe(409);
    const refused = await administrator.change('DELETE', `${place}/${idOf(last)}`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'INCOMPATIBLE_STATE' } });
    const application = place.replace('/credentials', '');
    await administrator.change('POST', `${application}/suspend`, undefined, application);
    expect((await administrator.change('DELETE', `${place}/${idOf(last)}`)).status).toBe(204);
  });

  test('a secret that ends soon does not count as another one', async () => {
    const place = await newPlace();
    const old = await create(administrator, place);
    const rotated = await rotate(place, idOf(old), 60);
    expect((await administrator.change('DELETE', `${place}/${idOf(rotated)}`)).status).toBe(409);
    expect((await administrator.change('DELETE', `${place}/${idOf(old)}`)).status).toBe(204);
  });

  test('a User has test secrets and does not learn of live ones', async () => {
    const place = await newPlace();
    const live = idOf(await create(administrator, place, 'live'));
    const own = await create(user, place);
    expect(own.status).toBe(201);
    expect(await create(user, place, 'live')).toMatchObject({
      status: 403,
      body: { code: 'PERMISSION_DENIED' },
    });
    const answers = [
      await user.get(`${place}/${live}`),
      await user.send('DELETE', `${place}/${live}`, undefined, { 'if-match': '"1"' }),
      await user.post(`${place}/${live}/rotate`, { overlapSeconds: 0 }, onceOnly()),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    const ids = async (query: string) =>
      ((await user.get(`${place}${query}`)).body['items'] as { id: string }[]).map(({ id }) => id);
    expect(await ids('')).toEqual([idOf(own)]);
    expect(await ids('?mode=live')).toEqual([]);
    expect((await administrator.get(`${place}?mode=live`)).body['items']).toMatchObject([{ id: live }]);
  });

  test("another tenant's application has none, and gets none", async () => {
    const other = await newApplication(admin, await newTenant(admin));
    const place = `applications/${other}/credentials`;
    const theirs = idOf(await create(admin, place));
    const answers = [
      await administrator.get(place),
      await create(administrator, place),
      await administrator.get(`${place}/${theirs}`),
      await administrator.get(`${credentials}/${theirs}`),
      await administrator.send('DELETE', `${credentials}/${theirs}`, undefined, { 'if-match': '"1"' }),
      await rotate(place, theirs, 0),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
  });

  test('a BusinessManager reads and makes none', async () => {
    const manager = await memberOf(gateway, 'BusinessManager', tenant);
    expect((await manager.get(credentials)).status).toBe(200);
    expect((await create(manager, credentials)).status).toBe(403);
  });
});
