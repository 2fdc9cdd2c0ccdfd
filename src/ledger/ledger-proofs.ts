import type { Pool } from 'pg';

/** A question whose answer should be: none. */
interface Proof {
  readonly name: string;
  /** Counts in column `rows`; an example in `example`. $1: days to look back. */
  readonly sql: string;
  /** false: worth knowing, and nothing wrong. */
  readonly finding: boolean;
  readonly remedy: string;
}

export interface ProofResult {
  readonly name: string;
  readonly rows: number;
  readonly example: string;
  readonly finding: boolean;
  readonly remedy: string;
}

/** By then the operator's invoice for the month has come. */
const SETTLED_WITHIN_DAYS = 40;

const TODAY = `(now() AT TIME ZONE 'UTC')::date`;
const RECENT = `l.issue_date >= ${TODAY} - $1::int`;
/** The day's rows are looked at for so long: to look at all of them every hour would be too much. */
const OVERDUE_DAYS = 10;

const unknown = (name: string, condition: string, remedy: string, finding = false): Proof => ({
  name,
  finding,
  remedy,
  sql: `SELECT count(*)::int AS rows, min(l.id::text) AS example FROM usage_ledger l
    WHERE l.result IS NULL AND ${condition}`,
});

const PROOFS: readonly Proof[] = [
  {
    name: 'gap in a journal',
    finding: true,
    remedy:
      'Replay the segment from quarantine or a backup; if it is lost: review gap <process>/<first number>.',
    sql: `SELECT count(*)::int AS rows, min(boot_id || '/' || first_seq) AS example FROM (
        SELECT *, coalesce(lag(last_seq) OVER (PARTITION BY boot_id ORDER BY first_seq), 0) AS before
        FROM ledger_replayed) r
      WHERE first_seq > before + 1 AND reviewed_at IS NULL AND $1::int IS NOT NULL`,
  },
  {
    name: 'outcome without a row',
    finding: true,
    remedy:
      'Its call was in a damaged segment: look there, bill by hand if need be, then: review outcome <id>.',
    sql: `SELECT count(*)::int AS rows, min(o.id::text) AS example FROM ledger_stray_outcomes o
      WHERE reviewed_at IS NULL AND $1::int IS NOT NULL
        AND NOT EXISTS (SELECT FROM usage_ledger l WHERE l.issue_date = o.issue_date AND l.jti = o.jti AND l.id = o.id)`,
  },
  {
    name: 'id that stands twice',
    finding: true,
    remedy: 'A defect of the gateway: keep both rows, report it.',
    sql: `SELECT count(*)::int AS rows, min(id) AS example FROM (
        SELECT l.id::text AS id FROM usage_ledger l WHERE ${RECENT} GROUP BY l.id HAVING count(*) > 1
        UNION ALL
        SELECT d.id::text FROM ledger_double_dispatches d JOIN usage_ledger l USING (issue_date, jti)
        WHERE l.id = d.id) t`,
  },
  {
    name: 'double dispatch, not reviewed',
    finding: true,
    remedy:
      'See whether the operator charged both calls, then: review double <id>, with --billable if the tenant pays.',
    sql: `SELECT count(*)::int AS rows, min(id::text) AS example FROM ledger_double_dispatches
      WHERE reviewed_at IS NULL AND $1::int IS NOT NULL`,
  },
  {
    name: 'no partition for tomorrow',
    finding: true,
    remedy: 'Any running gateway makes it within the hour; its log says why it could not.',
    sql: `SELECT (to_regclass('usage_ledger_' || to_char((now() AT TIME ZONE 'UTC')::date + 1, 'YYYYMMDD')) IS NULL)::int
      AS rows, to_char((now() AT TIME ZONE 'UTC')::date + $1::int - $1::int + 1, 'YYYY-MM-DD') AS example`,
  },
  unknown(
    `unknown outcome, more than ${SETTLED_WITHIN_DAYS} days old`,
    `l.issue_date BETWEEN ${TODAY} - greatest($1::int, ${SETTLED_WITHIN_DAYS + OVERDUE_DAYS})
      AND ${TODAY} - ${SETTLED_WITHIN_DAYS}`,
    "Compare with the operator's invoice, then: settle <result> <id>…",
    true,
  ),
  unknown(
    'unknown outcome, more than a day old',
    `${RECENT} AND l.started_at < now() - interval '1 day'`,
    "To be settled with the operator's next invoice.",
  ),
  unknown(
    'unknown outcome, more than an hour old',
    `${RECENT} AND l.started_at BETWEEN now() - interval '1 day' AND now() - interval '1 hour'`,
    'As many as one crash leaves is to be expected after a crash.',
  ),
  unknown(
    'unknown outcome, more than 90 s old',
    `${RECENT} AND l.started_at BETWEEN now() - interval '1 hour' AND now() - interval '90 seconds'`,
    'As many as one crash leaves is to be expected after a crash.',
  ),
];

/** Asks them all, one after the other; on a large ledger that takes minutes. */
export async function prove(pool: Pool, days: number): Promise<ProofResult[]> {
  const results: ProofResult[] = [];
  for (const { name, sql, finding, remedy } of PROOFS) {
    const { rows: found } = await pool.query<{ rows: number; example: string | null }>(sql, [days]);
    const { rows, example } = found[0]!;
    results.push({
      name,
      rows,
      example: rows > 0 ? (example ?? '') : '',
      finding: finding && rows > 0,
      remedy,
    });
  }
  return results;
}
