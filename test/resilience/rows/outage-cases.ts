import { BAD_GATEWAY, TIMEOUT, UNAVAILABLE } from './fault-case.js';

/** A fault that meets every call to an operator, so that its circuit opens or it is left alone for a while. */
export interface OutageCase {
  readonly id: string;
  readonly title: string;
  readonly fault: string;
  readonly pct?: number;
  /** A spare operator of its own: the shadow of an outage is long. */
  readonly operator: string;
  /** At least one of these must be seen. */
  readonly expect: readonly string[];
  /** Beside them; a circuit that has opened, an operator that is left alone. */
  readonly alsoFine: readonly string[];
  /** Nothing can have been sent: no row remains, and every token is still good. */
  readonly neverSent?: boolean;
  /** Every Retry-After must lie within, seconds. */
  readonly retryAfter?: readonly [least: number, most: number];
  /** At most so many calls may reach the operator while the fault lasts, in each gateway. */
  readonly arrivalsPerGateway?: number;
  /** False: it is not waited for, a minute would pass. */
  readonly recovers?: boolean;
  readonly short?: boolean;
}

const UNSENT = { neverSent: true, alsoFine: [UNAVAILABLE] };

/** Each spare operator has one. */
export const OUTAGE_CASES: readonly OutageCase[] = [
  {
    id: 'U01',
    title: 'refuses connections',
    fault: 'refused',
    operator: 'spare-1',
    expect: [BAD_GATEWAY],
    ...UNSENT,
    short: true,
  },
  {
    id: 'U02',
    title: 'takes connections and says nothing',
    fault: 'blackhole',
    operator: 'spare-2',
    expect: [TIMEOUT],
    ...UNSENT,
    short: true,
  },
  {
    id: 'U35',
    title: 'shows a certificate nobody vouches for',
    fault: 'tls_unknown',
    operator: 'spare-3',
    expect: [BAD_GATEWAY],
    ...UNSENT,
    short: true,
  },
  {
    id: 'U35',
    title: 'shows the certificate of another host',
    fault: 'tls_other_host',
    operator: 'spare-4',
    expect: [BAD_GATEWAY],
    ...UNSENT,
  },
  {
    id: 'U35',
    title: 'speaks TLS 1.1 at most',
    fault: 'tls_1_1',
    operator: 'spare-5',
    expect: [BAD_GATEWAY],
    ...UNSENT,
  },
  {
    id: 'U31',
    title: 'hangs, all of it',
    fault: 'hang',
    operator: 'spare-6',
    expect: [TIMEOUT],
    alsoFine: [UNAVAILABLE],
    short: true,
  },
  {
    id: 'U31',
    title: 'fails more often than not',
    fault: '500',
    pct: 70,
    operator: 'spare-7',
    expect: [BAD_GATEWAY],
    alsoFine: [UNAVAILABLE, '200'],
    short: true,
  },
  {
    id: 'U27',
    title: '429, come back in a second',
    fault: '429_seconds',
    operator: 'spare-8',
    expect: [UNAVAILABLE],
    alsoFine: [],
    retryAfter: [1, 1],
    arrivalsPerGateway: 8,
    short: true,
  },
  {
    id: 'U27',
    title: '429, come back at a date',
    fault: '429_date',
    operator: 'spare-9',
    expect: [UNAVAILABLE],
    alsoFine: [],
    retryAfter: [1, 2],
    arrivalsPerGateway: 8,
  },
  {
    id: 'U28',
    title: 'Retry-After: 999999',
    fault: '429_forever',
    operator: 'spare-10',
    expect: [UNAVAILABLE],
    alsoFine: [],
    retryAfter: [40, 60],
    arrivalsPerGateway: 4,
    recovers: false,
    short: true,
  },
  {
    id: 'U28',
    title: 'Retry-After: -1',
    fault: '429_negative',
    operator: 'spare-11',
    expect: [UNAVAILABLE],
    alsoFine: [],
    retryAfter: [1, 5],
    arrivalsPerGateway: 6,
  },
  {
    id: 'U28',
    title: 'Retry-After: soon',
    fault: '429_nan',
    operator: 'spare-12',
    expect: [UNAVAILABLE],
    alsoFine: [],
    retryAfter: [1, 5],
    arrivalsPerGateway: 6,
  },
  {
    id: 'U23',
    title: 'refuses the gateway itself',
    fault: '401_client',
    operator: 'spare-13',
    expect: [UNAVAILABLE],
    alsoFine: [],
  },
];
