// The keys that all processes share, each sealed with the key-encryption key of the environment.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Keys1795255200200 implements MigrationInterface {
  name = 'Keys1795255200200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE keys (
        kid text PRIMARY KEY,
        use text NOT NULL,
        alg text NOT NULL CHECK (alg IN ('A256GCM', 'ES256')),
        sealed bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        active_from timestamptz NOT NULL DEFAULT now(),
        retired_at timestamptz
      );
      CREATE INDEX keys_by_use ON keys (use);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE keys');
  }
}
