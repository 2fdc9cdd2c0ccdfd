import type { AlertCase, Input } from './alert-case.js';

const operator = 'north';

const verified = (byOutcome: Readonly<Record<string, string>>): Input =>
  Object.fromEntries(
    Object.entries(byOutcome).map(([outcome, values]) => [
      `nvgw_verifications_total{operator="${operator}",operation="verify",outcome="${outcome}"}`,
      values,
    ]),
  );
const circuit = (open: string, halfOpen: string): Input => ({
  [`nvgw_circuit_breaker_state{operator="${operator}",target="api",state="open"}`]: open,
  [`nvgw_circuit_breaker_state{operator="${operator}",target="api",state="half_open"}`]: halfOpen,
});
const refused = (values: string): Input => ({
  [`nvgw_upstream_errors_total{operator="${operator}",target="token",reason="credentials"}`]: values,
});
const expiry = (values: string): Input => ({
  [`nvgw_operator_credential_expiry_timestamp_seconds{operator="${operator}",kind="mtls"}`]: values,
});

export const OPERATOR_CASES: readonly AlertCase[] = [
  {
    alert: 'NvgwOperatorBreakerOpen',
    step: '30s',
    labels: { operator, target: 'api' },
    fires: [
      {
        when: 'it opens again after each try',
        input: circuit('0x2 1 1 0 1 1 0 1 1 0 1 1 0', '0x2 0 0 1 0 0 1 0 0 1 0 0 1'),
        at: '5m',
      },
    ],
    silent: [
      { when: 'it was open for half a minute', input: circuit('0x2 1 0x20', '0x24'), at: '3m' },
      { when: 'nobody has called since it may try again', input: circuit('1x4 0x40', '0x4 1x40'), at: '20m' },
    ],
  },
  {
    alert: 'NvgwOperatorErrorRatioHigh',
    step: '30s',
    labels: { operator },
    fires: [
      {
        when: 'a third of its calls fails',
        input: verified({ match: '0+7x60', timeout: '0+3x60' }),
        at: '20m',
      },
    ],
    silent: [
      {
        when: 'callers are to blame',
        input: verified({ match: '0+7x60', client_error: '0+30x60', timeout: '0x60' }),
        at: '20m',
      },
      { when: 'it has two calls a minute', input: verified({ timeout: '0+1x60' }), at: '20m' },
      { when: 'nobody calls', input: verified({ match: '7x60', timeout: '30x60' }), at: '20m' },
    ],
  },
  {
    alert: 'NvgwOperatorMatchRatioAnomaly',
    step: '5m',
    labels: { operator },
    fires: [
      {
        when: 'nine matches of ten become three',
        input: verified({ match: '0+90x200 18030+30x40', no_match: '0+10x200 2070+70x40' }),
        at: '18h40m',
      },
      {
        when: 'the same after hours without calls',
        input: verified({
          match: '0+90x100 9000x100 9030+30x40',
          no_match: '0+10x100 1000x100 1070+70x40',
        }),
        at: '18h40m',
      },
      {
        when: 'nothing matches any more',
        input: verified({ match: '0+90x200 18000x40', no_match: '0+10x200 2100+100x40' }),
        at: '18h40m',
      },
    ],
    silent: [
      { when: 'it is always so', input: verified({ match: '0+30x200', no_match: '0+70x200' }), at: '10h' },
      {
        when: 'few call',
        input: verified({ match: '0+4x300 1200x40', no_match: '0x300 4+4x40' }),
        at: '27h',
      },
      {
        when: 'it has just begun',
        input: verified({ match: '0+9x12 108x20', no_match: '0+1x12 12+10x20' }),
        at: '1h50m',
      },
    ],
  },
  {
    alert: 'NvgwOperatorCredentialsRefused',
    step: '30s',
    labels: { operator, target: 'token' },
    fires: [
      { when: 'each sign-in is refused', input: refused('0x10 1+1x20'), at: '10m' },
      { when: 'there is a sign-in every 8 minutes', input: refused('0x10 1x16 2x16 3x16 4x16'), at: '31m' },
    ],
    silent: [
      { when: 'it happened once', input: refused('0x10 1x60'), at: '8m' },
      { when: 'it is mended', input: refused('0x4 1+1x10 10x60'), at: '22m' },
    ],
  },
  {
    alert: 'NvgwOperatorCredentialExpiring',
    step: '30s',
    labels: { operator, kind: 'mtls' },
    fires: [{ when: 'it has 11 days', input: expiry('1000000x60'), at: '20m' }],
    silent: [{ when: 'it has 23 days', input: expiry('2000000x60'), at: '20m' }],
  },
  {
    alert: 'NvgwOperatorCredentialExpiresSoon',
    step: '30s',
    labels: { operator, kind: 'mtls' },
    fires: [
      { when: 'it has 2 days', input: expiry('200000x60'), at: '20m' },
      { when: 'it has expired', input: expiry('1x60'), at: '20m' },
    ],
    silent: [{ when: 'it has 11 days', input: expiry('1000000x60'), at: '20m' }],
  },
];
