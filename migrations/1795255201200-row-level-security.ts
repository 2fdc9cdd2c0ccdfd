// A forgotten filter shows nothing: the admin API works as a role that sees one tenant's rows, or the partner's all.
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Table → the column that says whose row it is. */
const OWNED = {
  tenants: 'id',
  applications: 'tenant_id',
  subscriptions: 'tenant_id',
  operator_registrations: 'tenant_id',
  members: 'tenant_id',
  credentials: 'tenant_id',
  audit_events: 'tenant_id',
  usage_ledger: 'tenant_id',
};
const PARTNERS = ['routing_rules', 'operator_settings', 'plans'];

export class RowLevelSecurity1795255201200 implements MigrationInterface {
  name = 'RowLevelSecurity1795255201200';

  async up(runner: QueryRunner): Promise<void> {
    // Roles belong to the whole server: other databases may have made it, or be making it right now.
    await runner.query(`
      DO $$
      BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'nv_admin_api') THEN
          CREATE ROLE nv_admin_api NOLOGIN;
        END IF;
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END $$;
      DO $$
      BEGIN
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
          GRANT nv_admin_api TO current_user;
        END IF;
      END $$;
    `);
    for (const [table, owner] of Object.entries(OWNED)) {
      await runner.query(`
        ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own_tenant ON ${table} TO nv_admin_api
          USING (current_setting('app.tenant', true) = '*' OR ${owner}::text = current_setting('app.tenant', true));
      `);
    }
    for (const table of PARTNERS) {
      await runner.query(`
        ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY everybody_reads ON ${table} FOR SELECT TO nv_admin_api USING (true);
        CREATE POLICY partner_writes ON ${table} TO nv_admin_api
          USING (current_setting('app.tenant', true) = '*');
      `);
    }
    await runner.query(`
      GRANT SELECT, INSERT, UPDATE, DELETE ON tenants, applications, subscriptions, operator_registrations,
        members, credentials, routing_rules, operator_settings, plans, idempotency_keys TO nv_admin_api;
      GRANT SELECT ON products, usage_ledger, tenants_revision, routing_revision TO nv_admin_api;
      GRANT UPDATE ON tenants_revision, routing_revision TO nv_admin_api;
      GRANT SELECT, INSERT ON audit_events TO nv_admin_api;
      GRANT SELECT, UPDATE ON audit_head TO nv_admin_api;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of Object.keys(OWNED)) {
      await runner.query(
        `DROP POLICY own_tenant ON ${table}; ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY;`,
      );
    }
    for (const table of PARTNERS) {
      await runner.query(`
        DROP POLICY everybody_reads ON ${table};
        DROP POLICY partner_writes ON ${table};
        ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY;
      `);
    }
    // Other databases of the server may use the role: here it only loses what it had.
    await runner.query('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM nv_admin_api');
  }
}
