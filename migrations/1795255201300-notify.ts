// Processes learn of a change when it is committed instead of at their next look.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const TOPICS = ['tenants', 'routing'] as const;

export class Notify1795255201300 implements MigrationInterface {
  name = 'Notify1795255201300';

  async up(runner: QueryRunner): Promise<void> {
    for (const topic of TOPICS) {
      // When the number moved tells a process how late it learnt of the change.
      await runner.query(`
        ALTER TABLE ${topic}_revision ADD COLUMN moved_at timestamptz NOT NULL DEFAULT now();
        CREATE OR REPLACE FUNCTION move_${topic}_revision() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN
            UPDATE ${topic}_revision SET revision = revision + 1, moved_at = clock_timestamp();
            PERFORM pg_notify('nv_gateway', '${topic}');
            RETURN NULL;
          END
        $$;
      `);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const topic of TOPICS) {
      await runner.query(`
        CREATE OR REPLACE FUNCTION move_${topic}_revision() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN
            UPDATE ${topic}_revision SET revision = revision + 1;
            RETURN NULL;
          END
        $$;
        ALTER TABLE ${topic}_revision DROP COLUMN moved_at;
      `);
    }
  }
}
