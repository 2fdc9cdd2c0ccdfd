// Whoever uses a code twice loses the token that it gave (RFC 6749 §4.1.2): what every replica looks at when it spends one.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RevokedTokens1795255200800 implements MigrationInterface {
  name = 'RevokedTokens1795255200800';

  async up(runner: QueryRunner): Promise<void> {
    // No token lives longer than 300 s, and most of the time this table is empty: a crash may empty it.
    await runner.query(`
      CREATE UNLOGGED TABLE revoked_tokens (
        jti text COLLATE "C" PRIMARY KEY,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE revoked_tokens');
  }
}
