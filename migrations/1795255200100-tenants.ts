// Who may call: tenants, their applications, what these subscribe to, and how operators know them.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Tenants1795255200100 implements MigrationInterface {
  name = 'Tenants1795255200100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE tenants (
        id uuid PRIMARY KEY,
        name text NOT NULL CHECK (name <> ''),
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE applications (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        name text NOT NULL CHECK (name <> ''),
        client_id text NOT NULL UNIQUE CHECK (client_id <> ''),
        jwks jsonb NOT NULL CHECK (jsonb_typeof(jwks -> 'keys') IS NOT DISTINCT FROM 'array'),
        redirect_uris text[] NOT NULL DEFAULT '{}',
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX applications_by_tenant ON applications (tenant_id);

      CREATE TABLE subscriptions (
        id uuid PRIMARY KEY,
        application_id uuid NOT NULL REFERENCES applications,
        product text NOT NULL,
        purpose text NOT NULL CHECK (purpose ~ '^dpv:[A-Za-z]+$'),
        scopes text[] NOT NULL,
        grant_types text[] NOT NULL,
        status text NOT NULL DEFAULT 'created'
          CHECK (status IN ('created', 'pending', 'active', 'suspended', 'terminated')),
        rate_per_second double precision NOT NULL CHECK (rate_per_second > 0 AND rate_per_second < 1e6),
        burst integer NOT NULL CHECK (burst > 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX subscriptions_by_application ON subscriptions (application_id);

      CREATE TABLE operator_registrations (
        id uuid PRIMARY KEY,
        operator_id text NOT NULL,
        application_id uuid NOT NULL REFERENCES applications,
        client_id text NOT NULL CHECK (client_id <> ''),
        approval text NOT NULL DEFAULT 'pending' CHECK (approval IN ('pending', 'approved', 'rejected')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (operator_id, application_id)
      );
      CREATE INDEX operator_registrations_by_application ON operator_registrations (application_id);
    `);
    // One number that every change moves in its own transaction: processes poll it instead of four tables.
    await runner.query(`
      CREATE TABLE tenants_revision (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        revision bigint NOT NULL DEFAULT 0
      );
      INSERT INTO tenants_revision DEFAULT VALUES;

      CREATE FUNCTION move_tenants_revision() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          UPDATE tenants_revision SET revision = revision + 1;
          RETURN NULL;
        END
      $$;
    `);
    for (const table of ['tenants', 'applications', 'subscriptions', 'operator_registrations']) {
      await runner.query(`
        CREATE TRIGGER move_revision AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${table}
          FOR EACH STATEMENT EXECUTE FUNCTION move_tenants_revision();
      `);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE operator_registrations, subscriptions, applications, tenants, tenants_revision;
      DROP FUNCTION move_tenants_revision();
    `);
  }
}
