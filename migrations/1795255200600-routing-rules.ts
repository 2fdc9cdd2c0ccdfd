// Which operator serves an address, a network or a number prefix, beyond what the manifests say.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RoutingRules1795255200600 implements MigrationInterface {
  name = 'RoutingRules1795255200600';

  async up(runner: QueryRunner): Promise<void> {
    // Two rules of ours must not claim one address: the constraint refuses the second, also when two people
    // write at once. What an operator publishes is kept as it came; contradictions are met when it is read.
    await runner.query(`
      CREATE TABLE routing_rules (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        operator_id text NOT NULL CHECK (operator_id <> ''),
        kind text NOT NULL CHECK (kind IN ('cidr', 'mccmnc', 'prefix')),
        cidr cidr CHECK ((kind = 'cidr') = (cidr IS NOT NULL)),
        mccmnc text CHECK ((kind = 'mccmnc') = (mccmnc IS NOT NULL)) CHECK (mccmnc ~ '^[0-9]{5,6}$'),
        prefix text CHECK ((kind = 'prefix') = (prefix IS NOT NULL)) CHECK (prefix ~ '^[+][1-9][0-9]{0,14}$'),
        dynamic boolean NOT NULL DEFAULT false,
        source text NOT NULL DEFAULT 'admin'
          CHECK (source = 'admin' OR source = 'telco-routing:' || operator_id),
        fetched_at timestamptz CHECK ((source = 'admin') = (fetched_at IS NULL)),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT routing_rules_cidrs_do_not_overlap
          EXCLUDE USING gist (cidr inet_ops WITH &&) WHERE (source = 'admin')
      );
      CREATE UNIQUE INDEX routing_rules_mccmnc_once ON routing_rules (mccmnc) WHERE source = 'admin';
      CREATE UNIQUE INDEX routing_rules_prefix_once ON routing_rules (prefix) WHERE source = 'admin';
      CREATE INDEX routing_rules_by_source ON routing_rules (source);

      CREATE TABLE telco_routing_tables (
        operator_id text PRIMARY KEY,
        next_poll_at timestamptz NOT NULL,
        fetched_at timestamptz,
        digest text
      );
    `);
    // One number that every change moves in its own transaction: processes poll it instead of the rules.
    await runner.query(`
      CREATE TABLE routing_revision (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        revision bigint NOT NULL DEFAULT 0
      );
      INSERT INTO routing_revision DEFAULT VALUES;

      CREATE FUNCTION move_routing_revision() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          UPDATE routing_revision SET revision = revision + 1;
          RETURN NULL;
        END
      $$;
      CREATE TRIGGER move_revision AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON routing_rules
        FOR EACH STATEMENT EXECUTE FUNCTION move_routing_revision();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE routing_rules, telco_routing_tables, routing_revision;
      DROP FUNCTION move_routing_revision();
    `);
  }
}
