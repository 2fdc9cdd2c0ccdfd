// What the replay of a journal finds is kept: which lines came in, tokens dispatched twice, outcomes without a row.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LedgerJournal1795255201050 implements MigrationInterface {
  name = 'LedgerJournal1795255201050';

  async up(runner: QueryRunner): Promise<void> {
    // Each row is a run of lines without a gap: a gap between two rows is a record that was never replayed.
    await runner.query(`
      CREATE TABLE ledger_replayed (
        boot_id uuid NOT NULL,
        first_seq bigint NOT NULL,
        last_seq bigint NOT NULL,
        replayed_at timestamptz NOT NULL DEFAULT now(),
        reviewed_at timestamptz,
        review_note text,
        PRIMARY KEY (boot_id, first_seq)
      );
      COMMENT ON COLUMN ledger_replayed.reviewed_at IS 'of the gap before first_seq';
    `);
    // A second dispatch of one token, while no process could ask Postgres: on record, and not billable unseen.
    await runner.query(`
      CREATE TABLE ledger_double_dispatches (
        id uuid PRIMARY KEY,
        issue_date date NOT NULL,
        jti text COLLATE "C" NOT NULL,
        boot_id uuid NOT NULL,
        tenant_id uuid NOT NULL,
        application_id uuid NOT NULL,
        subscription_id uuid NOT NULL,
        registration_id uuid NOT NULL,
        operator_id text NOT NULL,
        operation text NOT NULL,
        purpose text NOT NULL,
        northbound text NOT NULL,
        correlator text,
        started_at timestamptz NOT NULL,
        result text,
        http_status smallint,
        blame text,
        duration_ms integer,
        stands_id uuid,
        found_at timestamptz NOT NULL DEFAULT now(),
        billable boolean NOT NULL DEFAULT false,
        reviewed_at timestamptz,
        review_note text
      );
      COMMENT ON COLUMN ledger_double_dispatches.stands_id IS 'the row in usage_ledger that spent the token';
      CREATE INDEX ledger_double_dispatches_by_day ON ledger_double_dispatches (issue_date);
    `);
    await runner.query(`
      CREATE TABLE ledger_stray_outcomes (
        id uuid PRIMARY KEY,
        issue_date date NOT NULL,
        jti text COLLATE "C" NOT NULL,
        boot_id uuid NOT NULL,
        result text NOT NULL,
        http_status smallint NOT NULL,
        blame text,
        duration_ms integer NOT NULL,
        found_at timestamptz NOT NULL DEFAULT now(),
        reviewed_at timestamptz,
        review_note text
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ledger_replayed, ledger_double_dispatches, ledger_stray_outcomes');
  }
}
