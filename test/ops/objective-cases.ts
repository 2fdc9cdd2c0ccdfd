import type { AlertCase, Input } from './alert-case.js';

const answered = (byClass: Readonly<Record<string, string>>): Input =>
  Object.fromEntries(
    Object.entries(byClass).map(([outcome, values]) => [
      `nvgw_http_requests_total{plane="data",outcome_class="${outcome}"}`,
      values,
    ]),
  );

const overhead = (fast: string, all: string): Input => ({
  'nvgw_gateway_overhead_seconds_bucket{operation="verify",le="0.025"}': fast,
  'nvgw_gateway_overhead_seconds_bucket{operation="verify",le="+Inf"}': all,
  'nvgw_gateway_overhead_seconds_count{operation="verify"}': all,
});

export const OBJECTIVE_CASES: readonly AlertCase[] = [
  {
    alert: 'NvgwErrorBudgetFastBurn',
    step: '30s',
    labels: {},
    fires: [
      {
        when: 'a tenth of the requests fails',
        input: answered({ success: '0+90x200', gateway_error: '0+10x200' }),
        at: '10m',
      },
      {
        when: 'sign-ins alone fail',
        input: {
          ...answered({ success: '0+50x200' }),
          'nvgw_http_requests_total{plane="auth",outcome_class="gateway_error"}': '0+10x200',
        },
        at: '10m',
      },
    ],
    silent: [
      {
        when: 'one of a handful of requests failed',
        input: answered({ success: '0+1x5 5x30', gateway_error: '0x3 1x30' }),
        at: '4m',
      },
      {
        when: 'operators and callers are to blame',
        input: answered({
          success: '0+1x60',
          operator_error: '0+50x60',
          client_error: '0+50x60',
          gateway_error: '0x60',
        }),
        at: '20m',
      },
      {
        when: 'it has been over for a while',
        input: answered({ success: '0+90x100', gateway_error: '0+10x40 400x60' }),
        at: '40m',
      },
      { when: 'nobody calls', input: answered({ success: '500x60', gateway_error: '100x60' }), at: '20m' },
      {
        when: 'the administration fails',
        input: { 'nvgw_http_requests_total{plane="admin",outcome_class="gateway_error"}': '0+10x60' },
        at: '20m',
      },
    ],
  },
  {
    alert: 'NvgwErrorBudgetSlowBurn',
    step: '30s',
    labels: {},
    fires: [
      {
        when: 'one of a hundred requests fails, for hours',
        input: answered({ success: '0+99x400', gateway_error: '0+1x400' }),
        at: '3h',
      },
    ],
    silent: [
      {
        when: 'one of two thousand requests fails',
        input: answered({ success: '0+1999x400', gateway_error: '0+1x400' }),
        at: '3h',
      },
      {
        when: 'it has been over for an hour',
        input: answered({ success: '0+99x400', gateway_error: '0+1x240 240x160' }),
        at: '3h10m',
      },
    ],
  },
  {
    alert: 'NvgwErrorBudgetTicket',
    step: '5m',
    labels: {},
    fires: [
      {
        when: 'two of a thousand requests fail, for days',
        input: answered({ success: '0+998x300', gateway_error: '0+2x300' }),
        at: '24h',
      },
    ],
    silent: [
      {
        when: 'the objective is met',
        input: answered({ success: '0+9999x300', gateway_error: '0+1x300' }),
        at: '24h',
      },
      {
        when: 'nothing has failed for seven hours',
        input: answered({ success: '0+998x400', gateway_error: '0+2x300 600x100' }),
        at: '33h',
      },
    ],
  },
  {
    alert: 'NvgwOverheadSloBurn',
    step: '30s',
    labels: {},
    fires: [{ when: 'one call in five is slow', input: overhead('0+80x60', '0+100x60'), at: '10m' }],
    silent: [
      { when: 'one call in a hundred is slow', input: overhead('0+99x60', '0+100x60'), at: '20m' },
      { when: 'all of a few calls are slow', input: overhead('0x60', '0+1x60'), at: '20m' },
      { when: 'nobody calls', input: overhead('3x60', '90x60'), at: '20m' },
    ],
  },
];
