import type { AlertCase, Input } from './alert-case.js';
import { JOURNAL_CASES } from './journal-cases.js';
import { LEDGER_CASES } from './ledger-cases.js';
import { OBJECTIVE_CASES } from './objective-cases.js';
import { OPERATOR_CASES } from './operator-cases.js';
import { PLATFORM_CASES } from './platform-cases.js';
import { PROCESS_CASES } from './process-cases.js';
import { TOKEN_CASES } from './token-cases.js';

export const ALERT_CASES: readonly AlertCase[] = [
  ...OBJECTIVE_CASES,
  ...PROCESS_CASES,
  ...OPERATOR_CASES,
  ...TOKEN_CASES,
  ...LEDGER_CASES,
  ...JOURNAL_CASES,
  ...PLATFORM_CASES,
];

const operator = 'operator="north"';
const still = '7x120';
const none = '0x120';

/** Two processes that are well, some time after the last call. */
export const IDLE: Input = Object.fromEntries(
  ['instance="a"', 'instance="b"'].flatMap((at) => [
    [`up{${at}}`, '1x120'],
    [`nvgw_ready{${at}}`, '1x120'],
    [`process_start_time_seconds{${at}}`, none],
    [`nodejs_eventloop_lag_p99_seconds{${at}}`, '0.01x120'],
    [`nvgw_http_requests_total{${at},plane="data",outcome_class="success"}`, still],
    [`nvgw_http_requests_total{${at},plane="data",outcome_class="gateway_error"}`, still],
    [`nvgw_gateway_overhead_seconds_bucket{${at},operation="verify",le="0.025"}`, '3x120'],
    [`nvgw_gateway_overhead_seconds_count{${at},operation="verify"}`, still],
    [`nvgw_verifications_total{${at},${operator},outcome="match"}`, still],
    [`nvgw_verifications_total{${at},${operator},outcome="timeout"}`, still],
    [`nvgw_circuit_breaker_state{${at},${operator},target="api",state="open"}`, none],
    [`nvgw_upstream_errors_total{${at},${operator},target="token",reason="credentials"}`, still],
    [`nvgw_operator_credential_expiry_timestamp_seconds{${at},${operator},kind="jwk"}`, '9999999x120'],
    [`nvgw_token_broker_requests_total{${at},${operator},flow="ciba",outcome="operator_error"}`, still],
    [`nvgw_replays_rejected_total{${at},kind="code"}`, '70x120'],
    [`nvgw_ledger_mode{${at},mode="postgres"}`, '1x120'],
    [`nvgw_ledger_mode{${at},mode="journal"}`, none],
    [`nvgw_ledger_mode{${at},mode="closed"}`, none],
    [`nvgw_ledger_journal_bytes{${at}}`, none],
    [`nvgw_ledger_journal_limit_bytes{${at}}`, '2147483648x120'],
    [`nvgw_ledger_journal_writable{${at}}`, '1x120'],
    [`nvgw_ledger_insert_duration_seconds_bucket{${at},le="+Inf"}`, still],
    [`nvgw_ledger_insert_duration_seconds_count{${at}}`, still],
    [`nvgw_ledger_oldest_pending_outcome_age_seconds{${at}}`, none],
    [`nvgw_ledger_unknown_rows{${at}}`, still],
    [`nvgw_ledger_journal_replayed_total{${at},result="double_dispatch"}`, none],
    [`nvgw_ledger_lost_rows_total{${at}}`, none],
    [`nvgw_ledger_journal_corrupt_total{${at}}`, none],
    [`nvgw_rate_limit_decisions_total{${at},policy="rate",decision="allow",store="fallback"}`, still],
    [`nvgw_rate_limit_decisions_total{${at},policy="rate",decision="allow",store="redis"}`, still],
    [`nvgw_db_pool_connections{${at},pool="ledger",state="waiting"}`, none],
    [`nvgw_snapshot_revision{${at}}`, still],
    [`nvgw_snapshot_refreshed_timestamp_seconds{${at}}`, '0+30x120'],
    [`nvgw_task_last_success_timestamp_seconds{${at},task="sweep"}`, '0+30x120'],
    [`nvgw_log_scrubbed_total{${at},kind="msisdn"}`, none],
  ]),
);
