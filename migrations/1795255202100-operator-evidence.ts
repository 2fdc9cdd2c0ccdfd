// What all processes together have seen of each operator, minute by minute: the public status outlives a restart.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class OperatorEvidence1795255202100 implements MigrationInterface {
  name = 'OperatorEvidence1795255202100';

  async up(runner: QueryRunner): Promise<void> {
    // Minutes since the epoch. Small, and often updated: room in each page keeps the updates there.
    await runner.query(`
      CREATE TABLE operator_evidence (
        minute integer NOT NULL,
        operator_id text NOT NULL,
        target text NOT NULL CHECK (target IN ('api', 'token')),
        answered integer NOT NULL,
        failed integer NOT NULL,
        within_500ms integer NOT NULL,
        within_2s integer NOT NULL,
        PRIMARY KEY (minute, operator_id, target)
      ) WITH (fillfactor = 50)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE operator_evidence');
  }
}
