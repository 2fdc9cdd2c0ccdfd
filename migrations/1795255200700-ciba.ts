// CIBA: what a sign-in without a redirect leaves behind while it is polled for, and which hints may begin one.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Ciba1795255200700 implements MigrationInterface {
  name = 'Ciba1795255200700';

  async up(runner: QueryRunner): Promise<void> {
    // ends_at: nobody polls any longer. expires_at: nobody needs to be told so any longer, the row may go.
    await runner.query(`
      CREATE UNLOGGED TABLE ciba_requests (
        id_hash bytea PRIMARY KEY,
        client_id text NOT NULL,
        sealed text NOT NULL,
        outcome text,
        operator_interval real NOT NULL,
        operator_due_at timestamptz NOT NULL,
        interval_seconds integer NOT NULL,
        asked_at timestamptz,
        consumed_at timestamptz,
        ends_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      );
      COMMENT ON COLUMN ciba_requests.sealed IS 'the id of the operator for it, and what was asked for';
      COMMENT ON COLUMN ciba_requests.outcome IS 'sealed: the token of the operator, or how it ended';
      CREATE INDEX ciba_requests_by_expiry ON ciba_requests (expires_at);
    `);
    // tel: and ipport: claim what Number Verification is to prove: only where an operator of this gateway says so.
    await runner.query(`
      ALTER TABLE subscriptions ADD allowed_hints text[] NOT NULL DEFAULT '{operatortoken}'
        CHECK (allowed_hints <@ ARRAY['operatortoken', 'tel', 'ipport'])
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ciba_requests; ALTER TABLE subscriptions DROP allowed_hints');
  }
}
