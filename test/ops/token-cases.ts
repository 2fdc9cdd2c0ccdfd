import type { AlertCase, Input } from './alert-case.js';

const [operator, flow, kind] = ['north', 'ciba', 'code'];

const ended = (byOutcome: Readonly<Record<string, string>>): Input =>
  Object.fromEntries(
    Object.entries(byOutcome).map(([outcome, values]) => [
      `nvgw_token_broker_requests_total{operator="${operator}",flow="${flow}",outcome="${outcome}"}`,
      values,
    ]),
  );
const replayed = (values: string): Input => ({ [`nvgw_replays_rejected_total{kind="${kind}"}`]: values });

export const TOKEN_CASES: readonly AlertCase[] = [
  {
    alert: 'NvgwTokenBrokerFailures',
    step: '30s',
    labels: { operator, flow },
    fires: [
      {
        when: 'half of the sign-ins fails',
        input: ended({ issued: '0+5x60', operator_error: '0+5x60' }),
        at: '21m',
      },
    ],
    silent: [
      {
        when: 'users and networks refuse',
        input: ended({ issued: '0+5x60', denied: '0+50x60', operator_error: '0x60' }),
        at: '21m',
      },
      {
        when: 'two of three fail, once',
        input: ended({ issued: '0x10 1x50', operator_error: '0x10 2x50' }),
        at: '21m',
      },
      { when: 'nobody signs in', input: ended({ issued: '5x60', operator_error: '5x60' }), at: '21m' },
    ],
  },
  {
    alert: 'NvgwTokenReplays',
    step: '30s',
    labels: { kind },
    fires: [{ when: 'four a minute are presented again', input: replayed('0+2x60'), at: '15m' }],
    silent: [
      { when: 'ten are, once', input: replayed('0x10 10x60'), at: '8m' },
      { when: 'it is over', input: replayed('0+2x40 80x60'), at: '32m' },
    ],
  },
];
