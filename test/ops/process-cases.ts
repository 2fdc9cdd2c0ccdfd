import type { AlertCase } from './alert-case.js';

export const PROCESS_CASES: readonly AlertCase[] = [
  {
    alert: 'NvgwMetricsAbsent',
    step: '30s',
    labels: {},
    fires: [
      { when: 'there is no target', input: {}, at: '6m' },
      {
        when: 'every target is down',
        input: { 'up{instance="a"}': '0x20', 'up{instance="b"}': '0x20' },
        at: '6m',
      },
    ],
    silent: [
      {
        when: 'one target is up',
        input: { 'up{instance="a"}': '0x20', 'up{instance="b"}': '1x20' },
        at: '6m',
      },
      { when: 'the only target restarts', input: { 'up{instance="a"}': '1x4 0x6 1x20' }, at: '6m' },
    ],
  },
  {
    alert: 'NvgwReadyReplicasLow',
    step: '30s',
    labels: {},
    fires: [
      {
        when: 'one of two is not ready',
        input: { 'nvgw_ready{instance="a"}': '1x20', 'nvgw_ready{instance="b"}': '0x20' },
        at: '6m',
      },
      { when: 'one of two is gone', input: { 'nvgw_ready{instance="a"}': '1x20' }, at: '6m' },
    ],
    silent: [
      {
        when: 'two are ready',
        input: { 'nvgw_ready{instance="a"}': '1x20', 'nvgw_ready{instance="b"}': '1x20' },
        at: '6m',
      },
      {
        when: 'one restarts',
        input: { 'nvgw_ready{instance="a"}': '1x30', 'nvgw_ready{instance="b"}': '1x4 0x6 1x20' },
        at: '6m',
      },
    ],
  },
  {
    alert: 'NvgwReadyReplicasLow',
    step: '30s',
    words: { __READY_REPLICAS_MIN__: '1' },
    labels: {},
    fires: [{ when: 'the only one is not ready', input: { 'nvgw_ready{instance="a"}': '0x20' }, at: '6m' }],
    silent: [{ when: 'the only one is ready', input: { 'nvgw_ready{instance="a"}': '1x20' }, at: '6m' }],
  },
  {
    alert: 'NvgwEventLoopLag',
    step: '30s',
    labels: { instance: 'a' },
    fires: [
      {
        when: 'one process is late',
        input: { 'nodejs_eventloop_lag_p99_seconds{instance="a"}': '0.3x20' },
        at: '6m',
      },
    ],
    silent: [
      {
        when: 'it was late for a moment',
        input: { 'nodejs_eventloop_lag_p99_seconds{instance="a"}': '0.3x4 0.01x20' },
        at: '6m',
      },
    ],
  },
  {
    alert: 'NvgwTaskNotRunning',
    step: '5m',
    labels: { task: 'sweep' },
    fires: [
      {
        when: 'it never ran, three hours after the start',
        input: {
          process_start_time_seconds: '0x60',
          'nvgw_task_last_success_timestamp_seconds{task="sweep"}': '0x60',
        },
        at: '3h10m',
      },
      {
        when: 'it stopped, though processes are restarted one by one',
        input: {
          'process_start_time_seconds{instance="a"}': '0x60',
          'process_start_time_seconds{instance="b"}': '14000x60',
          'nvgw_task_last_success_timestamp_seconds{task="sweep",instance="a"}': '3600x60',
          'nvgw_task_last_success_timestamp_seconds{task="sweep",instance="b"}': '0x60',
        },
        at: '4h10m',
      },
    ],
    silent: [
      {
        when: 'all processes are young',
        input: {
          process_start_time_seconds: '10000x60',
          'nvgw_task_last_success_timestamp_seconds{task="sweep"}': '0x60',
        },
        at: '4h',
      },
      {
        when: 'another process has done it',
        input: {
          'process_start_time_seconds{instance="a"}': '0x60',
          'nvgw_task_last_success_timestamp_seconds{task="sweep",instance="a"}': '0x60',
          'nvgw_task_last_success_timestamp_seconds{task="sweep",instance="b"}': '0+300x60',
        },
        at: '4h',
      },
    ],
  },
  {
    alert: 'NvgwSensitiveDataScrubbed',
    step: '30s',
    labels: { kind: 'msisdn' },
    fires: [
      { when: 'it happens', input: { 'nvgw_log_scrubbed_total{kind="msisdn"}': '0x10 1x20' }, at: '7m' },
      {
        when: 'it happened before the first scrape',
        input: { 'nvgw_log_scrubbed_total{kind="msisdn"}': '_x10 1x20' },
        at: '7m',
      },
    ],
    silent: [
      { when: 'it was long ago', input: { 'nvgw_log_scrubbed_total{kind="msisdn"}': '0x2 1x60' }, at: '20m' },
    ],
  },
];
