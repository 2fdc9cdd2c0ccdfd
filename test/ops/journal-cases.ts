import type { AlertCase, Input } from './alert-case.js';

const instance = 'a';

const journal = (bytes: string, limit: string): Input => ({
  [`nvgw_ledger_journal_bytes{instance="${instance}"}`]: bytes,
  [`nvgw_ledger_journal_limit_bytes{instance="${instance}"}`]: limit,
});
const doubles = (values: string): Input => ({
  'nvgw_ledger_journal_replayed_total{result="double_dispatch"}': values,
  'nvgw_ledger_journal_replayed_total{result="inserted"}': '0+9x300',
});

export const JOURNAL_CASES: readonly AlertCase[] = [
  {
    alert: 'NvgwLedgerJournalFilling',
    step: '30s',
    labels: { instance },
    fires: [
      { when: 'it is nearly full', input: journal('900x20', '1000x20'), at: '5m' },
      { when: 'it will be full within half an hour', input: journal('0+10x200', '2000x200'), at: '75m' },
    ],
    silent: [
      { when: 'it is half full and does not grow', input: journal('500x60', '1000x60'), at: '20m' },
      { when: 'it has hours left', input: journal('0+1x60', '2000x60'), at: '20m' },
      { when: 'there is none', input: journal('0x60', '0x60'), at: '20m' },
    ],
  },
  {
    alert: 'NvgwLedgerJournalNotWritable',
    step: '30s',
    labels: { instance },
    fires: [
      {
        when: 'its disk is full',
        input: { [`nvgw_ledger_journal_writable{instance="${instance}"}`]: '1x5 0x20' },
        at: '9m',
      },
    ],
    silent: [
      {
        when: 'it can be written',
        input: { [`nvgw_ledger_journal_writable{instance="${instance}"}`]: '1x30' },
        at: '9m',
      },
      {
        when: 'a process starts',
        input: { [`nvgw_ledger_journal_writable{instance="${instance}"}`]: '0x3 1x30' },
        at: '9m',
      },
    ],
  },
  {
    alert: 'NvgwLedgerDoubleDispatch',
    step: '30s',
    labels: {},
    fires: [
      { when: 'a replay finds some', input: doubles('0x10 1x50'), at: '10m' },
      { when: 'a replay at the start finds some', input: doubles('_x10 2x50'), at: '10m' },
    ],
    silent: [
      { when: 'replays find none', input: doubles('0x200'), at: '80m' },
      { when: 'it was long ago', input: doubles('0x5 2x300'), at: '100m' },
    ],
  },
  {
    alert: 'NvgwLedgerLoss',
    step: '30s',
    labels: {},
    fires: [
      { when: 'a row is lost', input: { nvgw_ledger_lost_rows_total: '0x10 1x50' }, at: '8m' },
      { when: 'a journal is damaged', input: { nvgw_ledger_journal_corrupt_total: '0x10 1x50' }, at: '8m' },
      {
        when: 'a damaged journal is found at the start',
        input: { nvgw_ledger_journal_corrupt_total: '_x10 1x50' },
        at: '8m',
      },
    ],
    silent: [
      {
        when: 'nothing is',
        input: { nvgw_ledger_lost_rows_total: '0x60', nvgw_ledger_journal_corrupt_total: '0x60' },
        at: '20m',
      },
      { when: 'it was long ago', input: { nvgw_ledger_lost_rows_total: '0x5 1x100' }, at: '40m' },
    ],
  },
];
