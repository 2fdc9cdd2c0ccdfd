// One row per call that an operator may have seen: at once the spend of the single-use token and the usage record.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class UsageLedger1795255200000 implements MigrationInterface {
  name = 'UsageLedger1795255200000';

  async up(runner: QueryRunner): Promise<void> {
    // The key holds the token's issue date, not today's: a replay after midnight meets the same partition.
    // No reference to other tables: usage outlives the tenant, and the insert stays one index deep.
    await runner.query(`
      CREATE TABLE usage_ledger (
        issue_date date NOT NULL,
        jti text COLLATE "C" NOT NULL,
        id uuid NOT NULL,
        boot_id uuid NOT NULL,
        tenant_id uuid NOT NULL,
        application_id uuid NOT NULL,
        subscription_id uuid NOT NULL,
        registration_id uuid NOT NULL,
        operator_id text NOT NULL,
        operation text NOT NULL CHECK (operation IN ('verify', 'share')),
        purpose text NOT NULL,
        northbound text NOT NULL,
        correlator text,
        started_at timestamptz NOT NULL,
        result text,
        http_status smallint,
        blame text CHECK (blame IN ('gateway', 'operator', 'client')),
        duration_ms integer,
        billable boolean GENERATED ALWAYS AS (result IN ('MATCH', 'NO_MATCH', 'NUMBER')) STORED,
        PRIMARY KEY (issue_date, jti)
      ) PARTITION BY RANGE (issue_date);
      COMMENT ON COLUMN usage_ledger.result IS
        'MATCH, NO_MATCH, NUMBER or the reason of the error; null: not known (yet). Never a number or its hash.';
      COMMENT ON COLUMN usage_ledger.blame IS 'null: nobody''s, the call succeeded';
    `);
    // A new partition is attached, not created in place: that would lock out inserts behind any long reader.
    // fillfactor: the outcome follows within seconds and finds room beside its row, without touching the index.
    await runner.query(`
      CREATE FUNCTION make_usage_ledger_partitions(first date, last date) RETURNS integer LANGUAGE plpgsql AS $$
        DECLARE
          day date := first;
          partition text;
          made integer := 0;
        BEGIN
          PERFORM pg_advisory_xact_lock(7283419002);
          WHILE day <= last LOOP
            partition := 'usage_ledger_' || to_char(day, 'YYYYMMDD');
            IF to_regclass(partition) IS NULL THEN
              EXECUTE format(
                'CREATE TABLE %I (LIKE usage_ledger INCLUDING ALL) WITH (fillfactor = 60)', partition);
              EXECUTE format(
                'ALTER TABLE usage_ledger ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                partition, day, day + 1);
              made := made + 1;
            END IF;
            day := day + 1;
          END LOOP;
          RETURN made;
        END
      $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION make_usage_ledger_partitions(date, date);
      DROP TABLE usage_ledger;
    `);
  }
}
