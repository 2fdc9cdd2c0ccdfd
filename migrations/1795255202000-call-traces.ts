// Support sees why a call ended as it did, for a day: found by x-correlator, for the tenant that made it.
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A day and two hours: the hour that is being written, and the one that is being emptied. */
const SLOTS = 26;

export class CallTraces1795255202000 implements MigrationInterface {
  name = 'CallTraces1795255202000';

  async up(runner: QueryRunner): Promise<void> {
    // A ring of partitions by the hour: they are emptied whole, nothing is vacuumed, and none is ever missing.
    await runner.query(`
      CREATE TABLE call_traces (
        slot smallint NOT NULL,
        at timestamptz NOT NULL,
        ledger_id uuid,
        tenant_id uuid,
        application_id uuid,
        correlator text NOT NULL,
        trace jsonb NOT NULL
      ) PARTITION BY LIST (slot);
      COMMENT ON COLUMN call_traces.slot IS 'hours since 1970 modulo ${SLOTS}';
      COMMENT ON COLUMN call_traces.ledger_id IS 'its row in usage_ledger; null: it reached no operator';
      COMMENT ON COLUMN call_traces.tenant_id IS 'null: nobody proved who they are; only the partner sees it';
      CREATE INDEX call_traces_by_correlator ON call_traces (correlator);
      CREATE INDEX call_traces_by_time ON call_traces USING brin (at);
    `);
    for (let slot = 0; slot < SLOTS; slot++) {
      await runner.query(`CREATE TABLE call_traces_${slot} PARTITION OF call_traces FOR VALUES IN (${slot})`);
    }
    await runner.query(`
      ALTER TABLE call_traces ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own_tenant ON call_traces TO nv_admin_api
        USING (current_setting('app.tenant', true) = '*' OR tenant_id::text = current_setting('app.tenant', true));
      GRANT SELECT ON call_traces TO nv_admin_api;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE call_traces');
  }
}
