// Support finds a call by the x-correlator its consumer sent, and what was settled by hand says so.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class UsageLedgerLookups1795255201060 implements MigrationInterface {
  name = 'UsageLedgerLookups1795255201060';

  async up(runner: QueryRunner): Promise<void> {
    // Partitions made later are copies of the parent with its indexes. Neither column changes with the outcome,
    // so that writing it still touches no index.
    await runner.query(`
      ALTER TABLE usage_ledger ADD COLUMN settled_at timestamptz;
      COMMENT ON COLUMN usage_ledger.settled_at IS
        'the outcome was not seen by us but settled later, against the operator''s records';
      CREATE INDEX usage_ledger_by_correlator ON usage_ledger (correlator) WHERE correlator IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX usage_ledger_by_correlator;
      ALTER TABLE usage_ledger DROP COLUMN settled_at;
    `);
  }
}
