import { Database } from '../database/database.js';
import { LastKnownGood } from '../database/last-known-good.js';
import { PublishedRule, digestOf } from './telco-routing-table.js';
import { RuleKind, RuleSource } from './rule.js';

/** A rule as the database has it: its operator may be unknown here, or off. */
export interface StoredRule {
  readonly operatorId: string;
  readonly kind: RuleKind;
  readonly value: string;
  readonly source: RuleSource;
  readonly dynamic: boolean;
}

export interface Glance {
  /** Another one after every committed change of the rules. */
  readonly revision: string;
  /** When each operator's table was last read, in seconds since the epoch, by operator id. */
  readonly fetchedAt: Readonly<Record<string, number>>;
}

const FETCHED_AT = `(SELECT coalesce(json_object_agg(operator_id, extract(epoch FROM fetched_at)), '{}')
  FROM telco_routing_tables WHERE fetched_at IS NOT NULL) AS "fetchedAt"`;

/** The name of the copy, the form of its pieces (another one is not read), and how many rules are in one. */
const [NAME, FORM, PIECE] = ['routing', 'routing.1', 500];

/** The rules kept in Postgres: what administrators wrote, and what operators publish. */
export class RuleStore {
  /** @param kept where a copy is left for a start without database */
  constructor(
    private readonly database: Database,
    private readonly kept?: LastKnownGood,
  ) {}

  /** Cheap: one row of one small table. */
  async glance(): Promise<Glance> {
    const { rows } = await this.pool.query<Glance>(`SELECT revision, ${FETCHED_AT} FROM routing_revision`);
    return rows[0]!;
  }

  /** All rules as of one moment, which one statement sees by itself. */
  async read(): Promise<Glance & { rules: StoredRule[] }> {
    const { rows } = await this.pool.query<Glance & { rules: StoredRule[] }>(
      `SELECT revision, ${FETCHED_AT},
         (SELECT coalesce(json_agg(json_build_object('operatorId', operator_id, 'kind', kind,
             'value', coalesce(cidr::text, mccmnc, prefix), 'source', source, 'dynamic', dynamic)), '[]')
          FROM routing_rules) AS rules
       FROM routing_revision`,
    );
    const read = rows[0]!;
    this.kept?.keep(NAME, FORM, () => piecesOf(read.rules));
    return read;
  }

  /** Without database: the rules of the copy that was kept; undefined when there is no good one. */
  async recall(): Promise<StoredRule[] | undefined> {
    const rules: StoredRule[] = [];
    const savedAtMs = await this.kept?.recall(NAME, FORM, (piece) => rules.push(...(piece as StoredRule[])));
    return savedAtMs === undefined ? undefined : rules;
  }

  /**
   * Of all processes on this database one gets to read an operator's table, once in a period. A turn that lies
   * further away than a period is of a longer one, which the manifest has given up.
   * @returns what is known of the table so far; undefined when it is not our turn
   */
  async claim(operatorId: string, everySeconds: number): Promise<{ digest: string | null } | undefined> {
    const { rows } = await this.pool.query<{ digest: string | null }>(
      `INSERT INTO telco_routing_tables AS t (operator_id, next_poll_at)
       VALUES ($1, now() + make_interval(secs => $2))
       ON CONFLICT (operator_id) DO UPDATE SET next_poll_at = EXCLUDED.next_poll_at
         WHERE t.next_poll_at <= now() OR t.next_poll_at > EXCLUDED.next_poll_at + interval '10 seconds'
       RETURNING digest`,
      [operatorId, everySeconds],
    );
    return rows[0];
  }

  /** The table came and says what it said before. */
  async confirm(operatorId: string): Promise<void> {
    await this.pool.query('UPDATE telco_routing_tables SET fetched_at = now() WHERE operator_id = $1', [
      operatorId,
    ]);
  }

  /** The table could not be read: earlier than in a whole period it is tried again. */
  async retryIn(operatorId: string, seconds: number): Promise<void> {
    await this.pool.query(
      `UPDATE telco_routing_tables SET next_poll_at = now() + make_interval(secs => $2)
       WHERE operator_id = $1`,
      [operatorId, seconds],
    );
  }

  /** Puts a whole new table in place of the old one, in one statement: nobody sees half of it. */
  async replace(operatorId: string, rules: readonly PublishedRule[]): Promise<void> {
    await this.pool.query(
      `WITH gone AS (DELETE FROM routing_rules WHERE source = 'telco-routing:' || $1::text),
         noted AS (UPDATE telco_routing_tables SET fetched_at = now(), digest = $2 WHERE operator_id = $1)
       INSERT INTO routing_rules (operator_id, source, fetched_at, kind, dynamic, cidr, mccmnc, prefix)
       SELECT $1, 'telco-routing:' || $1::text, now(), kind, dynamic,
         CASE WHEN kind = 'cidr' THEN value::cidr END,
         CASE WHEN kind = 'mccmnc' THEN value END,
         CASE WHEN kind = 'prefix' THEN value END
       FROM unnest($3::text[], $4::text[], $5::boolean[]) AS rule (kind, value, dynamic)`,
      [
        operatorId,
        digestOf(rules),
        rules.map(({ kind }) => kind),
        rules.map(({ value }) => value),
        rules.map(({ dynamic }) => dynamic),
      ],
    );
  }

  private get pool() {
    return this.database.pool('admin');
  }
}

function* piecesOf(rules: readonly StoredRule[]): Generator<readonly StoredRule[]> {
  for (let at = 0; at < rules.length; at += PIECE) yield rules.slice(at, at + PIECE);
}
