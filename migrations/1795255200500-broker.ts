// What one sign-in leaves behind between its hops: everything lives for minutes, so nothing is WAL-logged.
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ids are kept as SHA-256, contents sealed: a dump of these tables opens no sign-in. A crash empties them. */
export class Broker1795255200500 implements MigrationInterface {
  name = 'Broker1795255200500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE UNLOGGED TABLE broker_transactions (
        state_hash bytea PRIMARY KEY,
        operator_id text NOT NULL,
        registration_id text NOT NULL,
        sealed text NOT NULL,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX broker_transactions_by_expiry ON broker_transactions (expires_at);

      CREATE UNLOGGED TABLE upstream_sessions (
        grant_hash bytea PRIMARY KEY,
        sealed text NOT NULL,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX upstream_sessions_by_expiry ON upstream_sessions (expires_at);

      CREATE UNLOGGED TABLE oidc_artifacts (
        model text NOT NULL,
        id_hash bytea NOT NULL,
        grant_hash bytea,
        sealed text NOT NULL,
        expires_at timestamptz NOT NULL,
        consumed_at timestamptz,
        PRIMARY KEY (model, id_hash)
      );
      CREATE INDEX oidc_artifacts_by_grant ON oidc_artifacts (grant_hash) WHERE grant_hash IS NOT NULL;
      CREATE INDEX oidc_artifacts_by_expiry ON oidc_artifacts (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE broker_transactions, upstream_sessions, oidc_artifacts');
  }
}
