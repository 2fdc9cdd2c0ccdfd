// What partner and ASPs keep through the admin API: people, credentials, the catalog, operators' switches.
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What every resource of the admin API has beside its own columns. */
const RESOURCE_COLUMNS = `
  ADD COLUMN key text COLLATE "C",
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
  ADD COLUMN managed_by text NOT NULL DEFAULT 'api' CHECK (managed_by IN ('api', 'config')),
  ADD COLUMN deleted_at timestamptz`;

const KEY_IS_A_NAME = `CHECK (key ~ '^[a-z0-9][a-z0-9-]{0,62}$')`;

export class AdminModel1795255201000 implements MigrationInterface {
  name = 'AdminModel1795255201000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of [
      'tenants',
      'applications',
      'subscriptions',
      'operator_registrations',
      'routing_rules',
    ]) {
      // Rows from before have no name of their own: their id is one.
      await runner.query(`
        ALTER TABLE ${table} ${RESOURCE_COLUMNS};
        UPDATE ${table} SET key = id::text;
        ALTER TABLE ${table} ALTER COLUMN key SET NOT NULL, ALTER COLUMN key SET DEFAULT gen_random_uuid()::text,
          ADD ${KEY_IS_A_NAME};
      `);
    }
    await runner.query(`
      CREATE UNIQUE INDEX tenants_key ON tenants (key) WHERE deleted_at IS NULL;
      ALTER TABLE tenants
        ADD COLUMN description text NOT NULL DEFAULT '',
        ADD COLUMN engaged_party jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(engaged_party) = 'object'),
        ADD COLUMN limits jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(limits) = 'object');
      COMMENT ON COLUMN tenants.engaged_party IS 'TMF931 v5, ApplicationOwner.engagedParty';

      CREATE UNIQUE INDEX applications_key ON applications (tenant_id, key) WHERE deleted_at IS NULL;
      ALTER TABLE applications
        ADD COLUMN commercial_name text NOT NULL DEFAULT '',
        ADD COLUMN description text NOT NULL DEFAULT '',
        ADD COLUMN category text NOT NULL DEFAULT '',
        ADD COLUMN privacy_policy_url text,
        ADD COLUMN jwks_uri text CHECK (jwks_uri ~ '^https?://'),
        ADD UNIQUE (id, tenant_id);
      COMMENT ON COLUMN applications.jwks_uri IS 'Where set, the keys are read there and jwks is empty';
    `);
    await runner.query(`
      CREATE TABLE products (
        key text PRIMARY KEY ${KEY_IS_A_NAME},
        name text NOT NULL,
        description text NOT NULL,
        api_version text NOT NULL,
        scopes text[] NOT NULL,
        grant_types text[] NOT NULL
      );
      INSERT INTO products VALUES ('number-verification', 'Number Verification',
        'Whether the phone in the user''s hand has a number, or which number it has (CAMARA).', '2.1',
        '{number-verification:verify,number-verification:device-phone-number:read}',
        '{authorization_code,urn:openid:params:grant-type:ciba,urn:ietf:params:oauth:grant-type:jwt-bearer}');

      CREATE TABLE plans (
        id uuid PRIMARY KEY,
        key text COLLATE "C" NOT NULL ${KEY_IS_A_NAME},
        name text NOT NULL CHECK (name <> ''),
        description text NOT NULL DEFAULT '',
        limits jsonb NOT NULL CHECK (jsonb_typeof(limits) = 'object'),
        version integer NOT NULL DEFAULT 1,
        tags text[] NOT NULL DEFAULT '{}',
        managed_by text NOT NULL DEFAULT 'api' CHECK (managed_by IN ('api', 'config')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz
      );
      CREATE UNIQUE INDEX plans_key ON plans (key) WHERE deleted_at IS NULL;
    `);
    // The tenant stands in every row, so that row-level security needs no join; the reference keeps it true.
    await runner.query(`
      ALTER TABLE subscriptions
        ADD COLUMN tenant_id uuid,
        ADD COLUMN plan_id uuid REFERENCES plans,
        ADD COLUMN countries text[] NOT NULL DEFAULT '{}',
        ADD COLUMN legal_basis text CHECK (legal_basis ~ '^dpv:[A-Za-z]+$'),
        ADD COLUMN terms_accepted_at timestamptz,
        ADD COLUMN terms_accepted_by text,
        ADD COLUMN expires_at timestamptz,
        ADD COLUMN limits jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(limits) = 'object'),
        ADD CHECK ((terms_accepted_at IS NULL) = (terms_accepted_by IS NULL));
      ALTER TABLE operator_registrations
        ADD COLUMN tenant_id uuid,
        ADD COLUMN sealed_credential text,
        ADD COLUMN credential_fingerprint text,
        ADD COLUMN tmf_ids jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(tmf_ids) = 'object'),
        ADD CHECK ((sealed_credential IS NULL) = (credential_fingerprint IS NULL));
      COMMENT ON COLUMN subscriptions.countries IS 'ISO 3166-1 alpha-2; none: wherever the operators are';
    `);
    for (const table of ['subscriptions', 'operator_registrations']) {
      await runner.query(`
        UPDATE ${table} SET tenant_id = (SELECT tenant_id FROM applications a WHERE a.id = application_id);
        ALTER TABLE ${table} ALTER COLUMN tenant_id SET NOT NULL,
          ADD FOREIGN KEY (application_id, tenant_id) REFERENCES applications (id, tenant_id);
      `);
    }
    // What was deleted must not stand in the way of what comes after it.
    await runner.query(`
      ALTER TABLE operator_registrations DROP CONSTRAINT operator_registrations_operator_id_application_id_key;
      CREATE UNIQUE INDEX operator_registrations_once ON operator_registrations (operator_id, application_id)
        WHERE deleted_at IS NULL;
      CREATE UNIQUE INDEX subscriptions_key ON subscriptions (application_id, key) WHERE deleted_at IS NULL;
      CREATE INDEX subscriptions_by_tenant ON subscriptions (tenant_id);
      CREATE INDEX operator_registrations_by_tenant ON operator_registrations (tenant_id);
      UPDATE subscriptions SET limits = jsonb_build_object('ratePerSecond', rate_per_second, 'burst', burst);
      ALTER TABLE subscriptions ALTER COLUMN rate_per_second DROP NOT NULL, ALTER COLUMN burst DROP NOT NULL;
      COMMENT ON COLUMN subscriptions.rate_per_second IS 'Read by version 0.1 only: now in limits';
      COMMENT ON COLUMN subscriptions.burst IS 'Read by version 0.1 only: now in limits';
    `);
    await runner.query(`
      CREATE TABLE members (
        id uuid PRIMARY KEY,
        tenant_id uuid REFERENCES tenants,
        key text COLLATE "C" NOT NULL ${KEY_IS_A_NAME},
        kind text NOT NULL CHECK (kind IN ('person', 'service')),
        display_name text NOT NULL CHECK (display_name <> ''),
        roles text[] NOT NULL CHECK (cardinality(roles) > 0),
        subject text,
        client_id text UNIQUE,
        jwks jsonb,
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
        version integer NOT NULL DEFAULT 1,
        tags text[] NOT NULL DEFAULT '{}',
        managed_by text NOT NULL DEFAULT 'api' CHECK (managed_by IN ('api', 'config')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz,
        CHECK ((kind = 'person') = (subject IS NOT NULL)),
        CHECK ((kind = 'service') = (client_id IS NOT NULL AND jwks IS NOT NULL)),
        CONSTRAINT partner_roles_are_the_partners CHECK (CASE WHEN tenant_id IS NULL
          THEN roles <@ '{partner-admin,partner-viewer,operator-manager}'
          ELSE roles <@ '{BusinessManager,Administrator,User}' END)
      );
      COMMENT ON COLUMN members.tenant_id IS 'null: of the partner itself';
      COMMENT ON COLUMN members.subject IS 'sub at the external OpenID provider, for people';
      CREATE UNIQUE INDEX members_key ON members (tenant_id, key) NULLS NOT DISTINCT WHERE deleted_at IS NULL;
      CREATE UNIQUE INDEX members_subject ON members (tenant_id, subject) NULLS NOT DISTINCT
        WHERE deleted_at IS NULL AND subject IS NOT NULL;

      CREATE TABLE credentials (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        application_id uuid NOT NULL,
        mode text NOT NULL CHECK (mode IN ('test', 'live')),
        look_up text COLLATE "C" NOT NULL UNIQUE,
        hash bytea NOT NULL,
        last_four text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz,
        expires_at timestamptz,
        revoked_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        FOREIGN KEY (application_id, tenant_id) REFERENCES applications (id, tenant_id)
      );
      COMMENT ON COLUMN credentials.look_up IS 'The part of the secret that finds the row; opens nothing';
      COMMENT ON COLUMN credentials.hash IS 'HMAC-SHA-256 of the whole secret under a key that is not in this table';
      CREATE INDEX credentials_by_application ON credentials (application_id);

      CREATE TABLE operator_settings (
        operator_id text PRIMARY KEY CHECK (operator_id <> ''),
        enabled boolean NOT NULL DEFAULT true,
        reason text NOT NULL DEFAULT '',
        breakers jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(breakers) = 'object'),
        version integer NOT NULL DEFAULT 1,
        managed_by text NOT NULL DEFAULT 'api' CHECK (managed_by IN ('api', 'config')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON COLUMN operator_settings.breakers IS '{api|token: {mode: open|closed, until}}; absent: auto';
    `);
    for (const table of ['plans', 'members', 'credentials', 'operator_settings']) {
      await runner.query(`
        CREATE TRIGGER move_revision AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${table}
          FOR EACH STATEMENT EXECUTE FUNCTION move_tenants_revision();
      `);
    }
    // When a secret was last used is nobody's business but its owner's: it must not make every process read anew.
    await runner.query(`
      DROP TRIGGER move_revision ON credentials;
      CREATE TRIGGER move_revision
        AFTER INSERT OR UPDATE OF expires_at, revoked_at OR DELETE ON credentials
        FOR EACH STATEMENT EXECUTE FUNCTION move_tenants_revision();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE operator_settings, credentials, members;
      DROP INDEX operator_registrations_once, subscriptions_key;
      UPDATE subscriptions SET rate_per_second = coalesce((limits ->> 'ratePerSecond')::double precision, 1000),
        burst = coalesce((limits ->> 'burst')::integer, 1000) WHERE rate_per_second IS NULL OR burst IS NULL;
      ALTER TABLE subscriptions ALTER COLUMN rate_per_second SET NOT NULL, ALTER COLUMN burst SET NOT NULL,
        DROP COLUMN tenant_id, DROP COLUMN plan_id, DROP COLUMN countries, DROP COLUMN legal_basis,
        DROP COLUMN terms_accepted_at, DROP COLUMN terms_accepted_by, DROP COLUMN expires_at, DROP COLUMN limits;
      ALTER TABLE operator_registrations DROP COLUMN tenant_id, DROP COLUMN sealed_credential,
        DROP COLUMN credential_fingerprint, DROP COLUMN tmf_ids, ADD UNIQUE (operator_id, application_id);
      DROP TABLE plans, products;
      ALTER TABLE applications DROP COLUMN commercial_name, DROP COLUMN description, DROP COLUMN category,
        DROP COLUMN privacy_policy_url, DROP COLUMN jwks_uri, DROP CONSTRAINT applications_id_tenant_id_key;
      ALTER TABLE tenants DROP COLUMN description, DROP COLUMN engaged_party, DROP COLUMN limits;
    `);
    for (const table of [
      'tenants',
      'applications',
      'subscriptions',
      'operator_registrations',
      'routing_rules',
    ]) {
      await runner.query(`
        ALTER TABLE ${table} DROP COLUMN key, DROP COLUMN version, DROP COLUMN tags, DROP COLUMN managed_by,
          DROP COLUMN deleted_at;
      `);
    }
  }
}
