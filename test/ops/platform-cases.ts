import type { AlertCase, Input } from './alert-case.js';

const instance = 'a';

const decided = (byStore: Readonly<Record<string, string>>): Input =>
  Object.fromEntries(
    Object.entries(byStore).map(([store, values]) => [
      `nvgw_rate_limit_decisions_total{policy="rate",decision="allow",store="${store}"}`,
      values,
    ]),
  );
const waiting = (values: string): Input => ({
  [`nvgw_db_pool_connections{instance="${instance}",pool="ledger",state="waiting"}`]: values,
});
const revisions = (a: string, b: string): Input => ({
  'nvgw_snapshot_revision{instance="a"}': a,
  'nvgw_snapshot_revision{instance="b"}': b,
});
const compared = (values: string): Input => ({
  [`nvgw_snapshot_refreshed_timestamp_seconds{instance="${instance}"}`]: values,
});

export const PLATFORM_CASES: readonly AlertCase[] = [
  {
    alert: 'NvgwRateLimitStoreFallback',
    step: '30s',
    labels: {},
    fires: [
      {
        when: 'half of the decisions are made without Redis',
        input: decided({ redis: '0+5x60', fallback: '0+5x60' }),
        at: '15m',
      },
    ],
    silent: [
      {
        when: 'Redis was late once',
        input: decided({ redis: '0+100x60', fallback: '0x20 1x40' }),
        at: '15m',
      },
      {
        when: 'there is no Redis',
        input: decided({ memory: '0+5x60', redis: '0x60', fallback: '0x60' }),
        at: '15m',
      },
      { when: 'Redis is back', input: decided({ redis: '0+5x80', fallback: '0+5x30 150x50' }), at: '30m' },
    ],
  },
  {
    alert: 'NvgwDbPoolSaturated',
    step: '30s',
    labels: { instance, pool: 'ledger' },
    fires: [{ when: 'statements wait all the time', input: waiting('3x20'), at: '5m' }],
    silent: [{ when: 'some wait now and then', input: waiting('0 5 0 5 0 5 0 5 0 5 0 5 0 5'), at: '5m30s' }],
  },
  {
    alert: 'NvgwSnapshotRevisionSkew',
    step: '30s',
    labels: {},
    fires: [{ when: 'one process stays behind', input: revisions('1x10 2x50', '1x60'), at: '10m' }],
    silent: [
      { when: 'somebody changes something all the time', input: revisions('1+1x60', '0+1x60'), at: '20m' },
      {
        when: 'the process that stayed behind has gone',
        input: revisions('1x10 2x50', '1x10 stale'),
        at: '10m',
      },
      { when: 'a process starts', input: revisions('7x60', '_x10 0 7x50'), at: '5m30s' },
    ],
  },
  {
    alert: 'NvgwSnapshotStale',
    step: '30s',
    labels: { instance },
    fires: [{ when: 'the last comparison was long ago', input: compared('0+30x10 300x20'), at: '10m' }],
    silent: [{ when: 'it compares', input: compared('0+30x60'), at: '10m' }],
  },
];
