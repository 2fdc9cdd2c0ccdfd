import { PROBLEMS } from '../contract/problem.js';

/** How long a call may take until its outcome is written; after that nobody expects one any more. */
const PENDING_SECONDS = 60;

const VERDICTS = { MATCH: 'match', NO_MATCH: 'no_match', NUMBER: 'shared' } as const;

const CODES = [...new Set(Object.values(PROBLEMS).map(({ code }): string => code))];

/**
 * What came of a call, in a word: a verdict, the CAMARA code of an error, `pending` (no outcome yet), or `unknown` (a
 * process died before it was written).
 */
export const OUTCOMES: readonly string[] = [...Object.values(VERDICTS), ...CODES, 'pending', 'unknown'];

/** A reason alone does not tell its code: to sign in again is answered by 401 or by 403. */
const errors = new Map(
  Object.values(PROBLEMS).map(({ reason, status, code }) => [
    `l.result = '${reason}' AND l.http_status = ${status}`,
    code,
  ]),
);

/** SQL over a row of `usage_ledger l`: its word of {@link OUTCOMES}. */
export const OUTCOME_SQL = `CASE
  ${Object.entries(VERDICTS)
    .map(([result, word]) => `WHEN l.result = '${result}' THEN '${word}'`)
    .join('\n  ')}
  WHEN l.result IS NULL AND l.started_at > now() - interval '${PENDING_SECONDS} s' THEN 'pending'
  WHEN l.result IS NULL THEN 'unknown'
  ${[...errors].map(([condition, code]) => `WHEN ${condition} THEN '${code}'`).join('\n  ')}
  ELSE l.result END`;
