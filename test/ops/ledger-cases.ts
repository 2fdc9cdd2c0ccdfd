import type { AlertCase, Input } from './alert-case.js';

const instance = 'a';

const mode = (name: string, values: string): Input => ({
  [`nvgw_ledger_mode{instance="${instance}",mode="${name}"}`]: values,
});
const inserts = (fast: string, all: string): Input => ({
  'nvgw_ledger_insert_duration_seconds_bucket{le="0.05"}': fast,
  'nvgw_ledger_insert_duration_seconds_bucket{le="0.1"}': all,
  'nvgw_ledger_insert_duration_seconds_bucket{le="+Inf"}': all,
  nvgw_ledger_insert_duration_seconds_count: all,
});
const unknown = (a: string, b: string): Input => ({
  'nvgw_ledger_unknown_rows{instance="a"}': a,
  'nvgw_ledger_unknown_rows{instance="b"}': b,
});

export const LEDGER_CASES: readonly AlertCase[] = [
  {
    alert: 'NvgwLedgerOnJournal',
    step: '30s',
    labels: { instance },
    fires: [{ when: 'one process writes to it', input: mode('journal', '0x10 1x20'), at: '8m' }],
    silent: [
      { when: 'Postgres is back', input: mode('journal', '0x10 1x20 0x40'), at: '30m' },
      { when: 'Postgres was away for a moment', input: mode('journal', '0x10 1 0x40'), at: '6m' },
    ],
  },
  {
    alert: 'NvgwLedgerClosed',
    step: '30s',
    labels: { instance },
    fires: [{ when: 'one process refuses', input: mode('closed', '0x10 1x20'), at: '8m' }],
    silent: [{ when: 'it took half a minute', input: mode('closed', '0x10 1 0x20'), at: '6m30s' }],
  },
  {
    alert: 'NvgwLedgerInsertSlow',
    step: '30s',
    labels: {},
    fires: [{ when: 'one in ten takes more than 50 ms', input: inserts('0+90x60', '0+100x60'), at: '20m' }],
    silent: [
      { when: 'all are fast', input: inserts('0+100x60', '0+100x60'), at: '20m' },
      { when: 'there is a call in a while', input: inserts('0x60', '0 1 1 1 1 2x55'), at: '20m' },
      { when: 'nobody calls', input: inserts('1x60', '100x60'), at: '20m' },
    ],
  },
  {
    alert: 'NvgwLedgerOutcomesPending',
    step: '30s',
    labels: { instance },
    fires: [
      {
        when: 'none has been written for 20 minutes',
        input: { [`nvgw_ledger_oldest_pending_outcome_age_seconds{instance="${instance}"}`]: '0+30x100' },
        at: '22m',
      },
    ],
    silent: [
      {
        when: 'they wait for half a minute',
        input: { [`nvgw_ledger_oldest_pending_outcome_age_seconds{instance="${instance}"}`]: '30x100' },
        at: '22m',
      },
    ],
  },
  {
    alert: 'NvgwLedgerUnknownRows',
    step: '30s',
    labels: {},
    fires: [{ when: 'a crash leaves some', input: unknown('0x70 3x100', '0x70 3x100'), at: '45m' }],
    silent: [
      { when: 'a stock waits to be settled', input: unknown('3x200', '3x200'), at: '90m' },
      {
        when: 'all processes start anew, one after the other',
        input: unknown('3x100 0x2 3x100', '3x110 0x2 3x100'),
        at: '60m',
      },
      { when: 'the only process starts anew', input: unknown('3x100 0x2 3x100', '_x200'), at: '84m' },
      { when: 'they are settled', input: unknown('3x100 0x100', '3x100 0x100'), at: '60m' },
    ],
  },
];
