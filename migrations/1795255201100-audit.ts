// Who changed what: append-only, each row sealed to the one before it; and answers kept for repeated requests.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Audit1795255201100 implements MigrationInterface {
  name = 'Audit1795255201100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_events (
        seq bigint PRIMARY KEY,
        id uuid NOT NULL UNIQUE,
        at timestamptz NOT NULL,
        actor jsonb NOT NULL,
        action text NOT NULL,
        resource jsonb NOT NULL,
        tenant_id uuid,
        before jsonb,
        after jsonb,
        ip text,
        user_agent text,
        correlator text NOT NULL,
        idempotency_key text,
        prev_hash bytea NOT NULL,
        hash bytea NOT NULL
      );
      COMMENT ON COLUMN audit_events.hash IS 'HMAC-SHA-256 over prev_hash and the row, under a key of the key ring';
      CREATE INDEX audit_events_by_tenant ON audit_events (tenant_id, seq);
      CREATE INDEX audit_events_by_resource ON audit_events ((resource ->> 'id'), seq);

      CREATE TABLE audit_head (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        seq bigint NOT NULL DEFAULT 0,
        hash bytea NOT NULL DEFAULT ''
      );
      INSERT INTO audit_head DEFAULT VALUES;

      CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'audit events are never changed' USING ERRCODE = 'insufficient_privilege';
        END
      $$;
      CREATE TRIGGER never_changed BEFORE UPDATE OR TRUNCATE ON audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

      CREATE TABLE idempotency_keys (
        principal text NOT NULL,
        method text NOT NULL,
        path text NOT NULL,
        key text NOT NULL,
        body_digest bytea NOT NULL,
        status smallint NOT NULL,
        headers jsonb NOT NULL,
        body jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (principal, method, path, key)
      );
      COMMENT ON COLUMN idempotency_keys.body IS 'As answered, without secrets';
      CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE idempotency_keys, audit_head, audit_events;
      DROP FUNCTION refuse_audit_change();
    `);
  }
}
