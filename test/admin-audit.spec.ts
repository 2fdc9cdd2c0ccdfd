import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { auditBytes } from '../src/admin/audit-row.js';
import { AuditVerdict, verifyAudit } from '../src/admin/audit-verify.js';
import { Retention } from '../src/admin/retention.js';
import { Reports } from '../src/database/reports.js';
import { Macs } from '../src/grants/macs.js';
import { AdminClient, adminOf, memberOf } from './support/admin.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { query } from './support/usage-rows.js';

let gateway: TestGateway;
let admin: AdminClient;
let one: string;
let other: string;

const tenant = async (name: string): Promise<string> =>
  (await admin.post('tenants', { name })).body['id'] as string;

beforeAll(async () => {
  gateway = await startTestGateway();
  admin = await adminOf(gateway);
  one = await tenant('One');
  other = await tenant('Other');
  for (const name of ['Uno', 'Eins', 'Un']) await admin.change('PATCH', `tenants/${one}`, { name });
});
afterAll(() => gateway?.close());

type Event = Record<string, unknown> & { id: string };
const events = async (caller: AdminClient, path: string): Promise<Event[]> =>
  (await caller.get(`audit-events?${path}`)).body['items'] as Event[];

describe('audit events', () => {
  test('tell who changed what, the newest first', async () => {
    const items = await events(admin, `resourceId=${one}`);
    expect(items.map(({ action }) => action)).toEqual([
      'tenant.update',
      'tenant.update',
      'tenant.update',
      'tenant.create',
    ]);
    expect(items[0]).toMatchObject({
      actor: { id: admin.memberId, type: 'service', roles: ['partner-admin'] },
      resource: { type: 'tenant', id: one },
      tenant: one,
      before: { name: 'Eins' },
      after: { name: 'Un' },
      ip: '127.0.0.1',
      xCorrelator: expect.any(String),
    });
    expect(items[0]).not.toHaveProperty('seq');
  });

  test('are filtered by actor, action, resource, tenant and time', async () => {
    const count = async (filter: string): Promise<number> => (await events(admin, filter)).length;
    expect(await count(`tenant=${one}&action=tenant.create,tenant.suspend`)).toBe(1);
    expect(await count(`tenant=${one}&actor=${admin.memberId}&resourceType=tenant`)).toBe(4);
    expect(await count(`tenant=${one}&actor=${randomUUID()}`)).toBe(0);
    expect(await count(`tenant=${one}&resourceType=plan`)).toBe(0);
    const [, second] = await events(admin, `resourceId=${one}`);
    const moment = encodeURIComponent(second!['at'] as string);
    expect(await count(`resourceId=${one}&to=${moment}`)).toBe(2);
    expect(await count(`resourceId=${one}&from=${moment}`)).toBe(2);
  });

  test('are walked by the cursor without a gap and without one twice', async () => {
    const whole = await events(admin, `resourceId=${one}`);
    const walked: Event[] = [];
    let cursor = '';
    do {
      const { body } = await admin.get(`audit-events?resourceId=${one}&limit=1${cursor}`);
      walked.push(...(body['items'] as Event[]));
      cursor = body['nextCursor'] === undefined ? '' : `&cursor=${body['nextCursor'] as string}`;
    } while (cursor !== '');
    expect(walked).toEqual(whole);
  });

  test('of another tenant do not exist', async () => {
    const theirs = await memberOf(gateway, 'Administrator', other);
    const seen = await events(theirs, '');
    expect(new Set(seen.map((event) => event['tenant']))).toEqual(new Set([other]));
    expect(await events(theirs, `tenant=${one}`)).toEqual([]);
    const text = (await theirs.get('audit-events/export')).body['text'] as string;
    expect(text).toContain(other);
    expect(text).not.toContain(one);
  });

  test('are exported as NDJSON, which is on record itself', async () => {
    const { headers, body } = await admin.get(`audit-events/export?resourceId=${one}`);
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    expect(headers.get('content-disposition')).toBe('attachment; filename="audit-events.ndjson"');
    const lines = (body['text'] as string).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as Event)).toEqual(await events(admin, `resourceId=${one}`));
    expect((await events(admin, 'action=audit.export'))[0]).toMatchObject({ after: { resourceId: [one] } });
  });
});

const verify = (): Promise<AuditVerdict> => {
  const macs = gateway.app.get(Macs, { strict: false });
  return gateway.app
    .get(Reports, { strict: false })
    .run(null, (snapshot) => verifyAudit(snapshot, (data) => macs.of('audit', data)));
};

/** What somebody with the rights of the database's owner could do. @param undo leaves the log as it was */
async function tampered(change: string, undo: string): Promise<AuditVerdict> {
  const unguarded = (text: string) =>
    query(
      gateway,
      `ALTER TABLE audit_events DISABLE TRIGGER never_changed; ${text};
       ALTER TABLE audit_events ENABLE TRIGGER never_changed`,
    );
  await unguarded(change);
  try {
    return await verify();
  } finally {
    await unguarded(undo);
    expect((await verify()).broken).toBeUndefined();
  }
}

describe('the chain of the audit log', () => {
  const KEPT = 'kept_audit_events';
  const restore = `TRUNCATE audit_events; INSERT INTO audit_events SELECT * FROM ${KEPT}`;
  let newest: string;

  beforeAll(async () => {
    await query(gateway, `CREATE TABLE ${KEPT} AS SELECT * FROM audit_events`);
    [{ seq: newest }] = (await query(gateway, 'SELECT max(seq)::text AS seq FROM audit_events')) as [
      { seq: string },
    ];
  });
  afterAll(() => query(gateway, `DROP TABLE ${KEPT}`));

  test('holds, over every row', async () => {
    expect(Number(newest)).toBeGreaterThan(5);
    expect(await verify()).toEqual({ count: Number(newest), broken: undefined });
  });

  test.each([
    ['action', "'tenant.read'"],
    ['at', "at + interval '1 microsecond'"],
    ['after', `'{"name":"Nobody"}'`],
    ['tenant_id', 'NULL'],
    ['ip', "'192.0.2.1'"],
    ['hash', "'\\x00'"],
    ['prev_hash', "'\\x00'"],
  ])('shows the row whose %s was changed', async (column, value) => {
    const { broken } = await tampered(`UPDATE audit_events SET ${column} = ${value} WHERE seq = 3`, restore);
    expect(broken).toEqual({ seq: '3', why: 'it is not as it was written' });
  });

  test('shows where a row was removed', async () => {
    const { broken } = await tampered('DELETE FROM audit_events WHERE seq = 3', restore);
    expect(broken).toEqual({ seq: '4', why: 'rows before it are missing' });
  });

  test('shows that the first row was removed, and the last', async () => {
    const first = await tampered('DELETE FROM audit_events WHERE seq = 1', restore);
    expect(first.broken).toEqual({ seq: '2', why: 'rows before it are missing, and no purge says so' });
    const last = await tampered(`DELETE FROM audit_events WHERE seq = ${newest}`, restore);
    expect(last.broken).toMatchObject({ seq: newest });
    expect((await tampered('DELETE FROM audit_events', restore)).broken).toMatchObject({ seq: newest });
  });

  test('shows that two rows have changed places', async () => {
    const swap = `UPDATE audit_events SET seq = -seq WHERE seq IN (3, 4);
      UPDATE audit_events SET seq = 7 + seq WHERE seq < 0`;
    const { broken } = await tampered(swap, restore);
    expect(broken).toMatchObject({ seq: '3' });
  });

  test('shows a row that was put in with a hash of its own', async () => {
    const forge = `UPDATE audit_events SET seq = seq + 1 WHERE seq > 100000;
      INSERT INTO audit_events SELECT ${Number(newest) + 1}, gen_random_uuid(), at, actor, action, resource, tenant_id,
        before, after, ip, user_agent, correlator, idempotency_key, hash, sha256(hash)
      FROM audit_events WHERE seq = ${newest}`;
    const { broken } = await tampered(forge, restore);
    expect(broken).toEqual({ seq: String(Number(newest) + 1), why: 'it is not as it was written' });
  });
});

describe('retention', () => {
  const count = async (text: string, values: unknown[] = []): Promise<number> =>
    (await query<{ count: number }>(gateway, `SELECT count(*)::int AS count FROM ${text}`, values))[0]!.count;
  const purge = (): Promise<boolean> => gateway.app.get(Retention, { strict: false }).purge();
  const revision = async (): Promise<string> =>
    (await query<{ revision: string }>(gateway, 'SELECT revision FROM tenants_revision'))[0]!.revision;

  test('forgets answers to repeated requests after a day', async () => {
    const key = { 'idempotency-key': `"${randomUUID()}"` };
    await admin.post('tenants', { name: 'Old' }, key);
    await query(gateway, "UPDATE idempotency_keys SET created_at = now() - interval '25 hours'");
    const young = { 'idempotency-key': `"${randomUUID()}"` };
    await admin.post('tenants', { name: 'Young' }, young);
    expect(await purge()).toBe(true);
    expect(await count('idempotency_keys')).toBe(1);
  });

  test('purges what was deleted thirty days ago with all that belonged to it, and nothing else', async () => {
    const [gone, fresh] = [await tenant('Gone'), await tenant('Fresh')];
    for (const id of [gone, fresh]) {
      const application = randomUUID();
      await query(
        gateway,
        `INSERT INTO applications (id, tenant_id, name, client_id, jwks, deleted_at)
         VALUES ($1::uuid, $2, 'x', $1::text, '{"keys":[]}', now() - make_interval(days => $3))`,
        [application, id, id === gone ? 31 : 29],
      );
      await query(
        gateway,
        `INSERT INTO subscriptions (id, application_id, tenant_id, product, purpose, scopes, grant_types)
         VALUES (gen_random_uuid(), $1, $2, 'number-verification', 'dpv:FraudPreventionAndDetection', '{}', '{}')`,
        [application, id],
      );
      await query(
        gateway,
        'UPDATE tenants SET deleted_at = now() - make_interval(days => $2) WHERE id = $1',
        [id, id === gone ? 31 : 29],
      );
    }
    await purge();
    for (const table of [
      'tenants WHERE id',
      'applications WHERE tenant_id',
      'subscriptions WHERE tenant_id',
    ]) {
      expect(await count(`${table} = $1`, [gone])).toBe(0);
      expect(await count(`${table} = $1`, [fresh])).toBe(1);
    }
    expect(await count('tenants WHERE id = $1', [one])).toBe(1);
  });

  test('that finds nothing makes no process read its snapshot again', async () => {
    await purge();
    const before = await revision();
    await purge();
    expect(await revision()).toBe(before);
  });

  test('leaves the work to the process that is at it', async () => {
    const pool = gateway.app.get(Reports, { strict: false });
    await pool.run(null, async (snapshot) => {
      await snapshot.rows(`SELECT pg_advisory_lock(hashtextextended('admin retention', 0))`);
      expect(await purge()).toBe(false);
      await snapshot.rows(`SELECT pg_advisory_unlock(hashtextextended('admin retention', 0))`);
    });
  });

  test('of the audit log says so in the log, whose chain holds from the first row that is left', async () => {
    const guard = (state: string) =>
      query(gateway, `ALTER TABLE audit_events ${state} TRIGGER never_changed`);
    // Old rows cannot be written through the gateway: their times are set back, and with them all hashes.
    await rewriteTimes(4);
    await guard('ENABLE');
    expect((await verify()).broken).toBeUndefined();
    await purge();
    expect(await count('audit_events WHERE seq <= 4')).toBe(0);
    expect((await verify()).broken).toBeUndefined();
    const [event] = await events(admin, 'action=audit.purge');
    expect(event).toMatchObject({ actor: { type: 'system' }, after: { lastSeq: '4', rows: 4 } });
    await query(gateway, 'DELETE FROM audit_events WHERE seq = 5');
    expect((await verify()).broken).toMatchObject({ seq: '6' });
  });

  /** As if the first rows had been written 25 months ago: by the one who holds the key. */
  async function rewriteTimes(upTo: number): Promise<void> {
    const macs = gateway.app.get(Macs, { strict: false });
    await query(gateway, 'ALTER TABLE audit_events DISABLE TRIGGER never_changed');
    const rows = await query<Parameters<typeof auditBytes>[1] & { seq: string; at: Date | string }>(
      gateway,
      `SELECT seq, id, at, actor, action, resource, tenant_id AS "tenantId", before, after, ip,
         user_agent AS "userAgent", correlator, idempotency_key AS "idempotencyKey"
       FROM audit_events ORDER BY audit_events.seq`,
    );
    let previous: Buffer = Buffer.alloc(0);
    for (const row of rows) {
      const written = new Date(row.at);
      if (Number(row.seq) <= upTo) written.setUTCMonth(written.getUTCMonth() - 25);
      const at = written.toISOString();
      const hash = macs.of('audit', auditBytes(previous, { ...row, at }));
      await query(gateway, 'UPDATE audit_events SET at = $2, prev_hash = $3, hash = $4 WHERE seq = $1', [
        row.seq,
        at,
        previous,
        hash,
      ]);
      previous = hash;
    }
    await query(gateway, 'UPDATE audit_head SET hash = $1', [previous]);
  }
});
