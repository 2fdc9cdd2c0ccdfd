// A transaction moves the revision once, when it commits: one that changes much no longer keeps all others waiting.
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Topic → tables whose changes move its revision. */
const TABLES = {
  tenants: [
    'tenants',
    'applications',
    'subscriptions',
    'operator_registrations',
    'plans',
    'members',
    'operator_settings',
  ],
  routing: ['routing_rules'],
} as const;
const TOPICS = ['tenants', 'routing'] as const;

const everyChange = (table: string, topic: string): string => `
  CREATE TRIGGER move_revision AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${table}
    FOR EACH STATEMENT EXECUTE FUNCTION move_${topic}_revision();`;

export class RevisionAtCommit1795255202200 implements MigrationInterface {
  name = 'RevisionAtCommit1795255202200';

  async up(runner: QueryRunner): Promise<void> {
    for (const topic of TOPICS) {
      // Deferred triggers go by row: the first one of a transaction does it for all of them.
      await runner.query(`
        CREATE FUNCTION move_${topic}_revision_once() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN
            IF current_setting('nv.${topic}_moved', true) = pg_current_xact_id()::text THEN RETURN NULL; END IF;
            PERFORM set_config('nv.${topic}_moved', pg_current_xact_id()::text, true);
            UPDATE ${topic}_revision SET revision = revision + 1, moved_at = clock_timestamp();
            PERFORM pg_notify('nv_gateway', '${topic}');
            RETURN NULL;
          END
        $$;
      `);
      for (const table of TABLES[topic]) await replace(runner, table, topic, 'INSERT OR UPDATE OR DELETE');
    }
    await replace(runner, 'credentials', 'tenants', 'INSERT OR UPDATE OF expires_at, revoked_at OR DELETE');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const topic of TOPICS) {
      for (const table of TABLES[topic]) {
        await runner.query(`
          DROP TRIGGER move_revision ON ${table};
          DROP TRIGGER move_revision_by_truncate ON ${table};
          ${everyChange(table, topic)}
        `);
      }
    }
    await runner.query(`
      DROP TRIGGER move_revision ON credentials;
      DROP TRIGGER move_revision_by_truncate ON credentials;
      CREATE TRIGGER move_revision
        AFTER INSERT OR UPDATE OF expires_at, revoked_at OR DELETE ON credentials
        FOR EACH STATEMENT EXECUTE FUNCTION move_tenants_revision();
    `);
    for (const topic of TOPICS) await runner.query(`DROP FUNCTION move_${topic}_revision_once()`);
  }
}

async function replace(runner: QueryRunner, table: string, topic: string, events: string): Promise<void> {
  await runner.query(`
    DROP TRIGGER move_revision ON ${table};
    CREATE CONSTRAINT TRIGGER move_revision AFTER ${events} ON ${table} DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION move_${topic}_revision_once();
    CREATE TRIGGER move_revision_by_truncate AFTER TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION move_${topic}_revision();
  `);
}
