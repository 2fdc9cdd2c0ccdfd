// A tenant that subscribes to a plan holds its row until the subscription stands, so that it is not deleted meanwhile.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PlansAreHeld1795255202300 implements MigrationInterface {
  name = 'PlansAreHeld1795255202300';

  async up(runner: QueryRunner): Promise<void> {
    // To lock a row PostgreSQL wants it visible for UPDATE; what is written is checked all the same, and refused.
    await runner.query(`
      CREATE POLICY plans_held ON plans FOR UPDATE TO nv_admin_api USING (true) WITH CHECK (false)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP POLICY plans_held ON plans');
  }
}
