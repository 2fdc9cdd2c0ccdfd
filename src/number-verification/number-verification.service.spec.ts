import { describe, expect, test } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { Grant } from '../contract/grant.js';
import { Problem, ProblemName } from '../contract/problem.js';
import { UpstreamAnswer, UpstreamRequest } from '../dialects/dialect.js';
import { dialectNamed } from '../dialects/dialects.js';
import { Grants } from '../grants/grants.js';
import { Ledger } from '../ledger/ledger.js';
import { Limits } from '../limits/limits.js';
import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { Metrics } from '../telemetry/metrics.js';
import { Client } from '../tenants/snapshot.js';
import { Tenants } from '../tenants/tenants.js';
import { Permit } from '../upstream/permit.js';
import { Upstream } from '../upstream/upstream.js';
import { Call } from './call.js';
import { NumberVerificationService } from './number-verification.service.js';

const NUMBER = '+99003500001';
const NOW = 1_800_000_000;

const GRANT: Grant = {
  tenantId: 't',
  applicationId: 'a',
  clientId: 'c',
  subscriptionId: 's',
  operatorId: 'op',
  registrationId: 'r',
  scopes: ['number-verification:verify', 'number-verification:device-phone-number:read'],
  purpose: 'dpv:FraudPreventionAndDetection',
  amr: ['nba'],
  subject: 'p',
  jti: 'j',
  issuedAt: NOW,
  expiresAt: NOW + 300,
  operatorToken: 'operator-token',
};

const OPERATOR = {
  id: 'op',
  basePath: '/number-verification/v2',
  dialect: dialectNamed('camara-2.1')!,
  capabilities: { verifyPlain: true, verifyHashed: true, share: true, hashOf: 'e164', stripPlus: false },
  off: undefined,
} as Operator;

const NOBODY = { tellLimits: (): void => undefined };
const CLIENT = {
  tenantId: 't',
  subscription: { id: 's' },
  limits: { tenant: { concurrent: 1 }, subscription: { ratePerSecond: 0.001, burst: 1, perDay: 1 } },
} as Client;

/** Everything that may go wrong on the way, by the name of its refusal; `answer` is what the operator says. */
interface World {
  grants?: ProblemName;
  amr?: readonly string[];
  tenants?: ProblemName;
  /** The subscription has used up its one call. */
  exhausted?: boolean;
  off?: string;
  verify?: boolean;
  share?: boolean;
  admit?: ProblemName;
  dispatch?: ProblemName;
  answer?: Partial<UpstreamAnswer>;
}

/** The rooms around the walk, as small as they go; they remember who was asked, in order. */
function around(world: World) {
  const asked: string[] = [];
  const seats = { taken: 0, freed: 0 };
  const refuseIf = (step: string, problem?: ProblemName): void => {
    asked.push(step);
    if (problem) throw new Problem(problem);
  };
  const permit = {
    send: async <T>(
      _r: UpstreamRequest,
      token: string,
      decode: (answer: UpstreamAnswer) => T,
    ): Promise<T> => {
      asked.push(`send with ${token}`);
      return decode({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ devicePhoneNumberVerified: true, devicePhoneNumber: NUMBER }),
        ...world.answer,
      });
    },
    [Symbol.dispose]: () => {
      seats.freed += 1;
    },
  };
  const grants = {
    open: (): Grant => {
      refuseIf('grants', world.grants);
      return { ...GRANT, amr: world.amr ?? GRANT.amr };
    },
  };
  const tenants = {
    require: (): Client => {
      refuseIf('tenants', world.tenants);
      return CLIENT;
    },
  };
  const upstream = {
    admit: (): Permit => {
      refuseIf('upstream', world.admit);
      seats.taken += 1;
      return permit as unknown as Permit;
    },
  };
  const ledger = {
    dispatch: async (): Promise<unknown> => {
      refuseIf('ledger', world.dispatch);
      return {};
    },
    settle: <T>(_entry: unknown, answer: Promise<T>): Promise<T> => answer,
  };
  const operator = {
    ...OPERATOR,
    off: world.off,
    capabilities: {
      ...OPERATOR.capabilities,
      verifyPlain: world.verify ?? true,
      verifyHashed: world.verify ?? true,
      share: world.share ?? true,
    },
  };
  const limits = new Limits(new Metrics());
  if (world.exhausted === true) limits.take(CLIENT, NOBODY)[Symbol.dispose]();
  const service = new NumberVerificationService(
    grants as unknown as Grants,
    tenants as unknown as Tenants,
    limits,
    new Operators([operator]),
    upstream as unknown as Upstream,
    ledger as unknown as Ledger,
  );
  /** What its quota and its place among the calls at once say to one more call, the rate aside. */
  const afterwards = (): ProblemName | undefined => {
    try {
      limits.take({ ...CLIENT, limits: { ...CLIENT.limits, subscription: { perDay: 1 } } }, NOBODY);
      return undefined;
    } catch (error) {
      return (error as Problem).problem;
    }
  };
  return { service, asked, seats, afterwards };
}

function call(headers: Record<string, string> = {}, body?: string): Call {
  return new Call(
    {
      headers,
      body: body === undefined ? undefined : Buffer.from(body),
      correlator: 'correlator-1',
    } as FastifyRequest,
    { header: () => undefined! },
  );
}

const JSON_TYPE = { 'content-type': 'application/json' };
const verifyCall = (headers = {}, body = JSON.stringify({ phoneNumber: NUMBER })): Call =>
  call({ ...JSON_TYPE, ...headers }, body);

async function refusal(answer: Promise<unknown>): Promise<ProblemName> {
  const error = await answer.then(
    (value) => new Error(`answered ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Problem)) throw error;
  return error.problem;
}

describe('verify', () => {
  test('asks every room once, in order, and frees its seat', async () => {
    const { service, asked, seats } = around({});
    expect(await service.verify(verifyCall())).toBe(true);
    expect(asked).toEqual(['grants', 'tenants', 'upstream', 'ledger', 'send with operator-token']);
    expect(seats).toEqual({ taken: 1, freed: 1 });
  });

  // Each row is wrong in its own step and in all later ones: the first wrong step must answer.
  const WRONG = {
    grants: { grants: 'tokenInvalid' },
    tenants: { tenants: 'permissionDenied' },
    limits: { exhausted: true },
    type: { headers: { 'content-type': 'text/plain' } },
    accept: { headers: { accept: 'text/html' } },
    correlator: { headers: { 'x-correlator': 'not valid' } },
    body: { body: '{}' },
    amr: { amr: ['sms'] },
    off: { off: 'switched off' },
    capability: { verify: false },
    upstream: { admit: 'circuitOpen' },
    ledger: { dispatch: 'tokenInvalid' },
  };
  const STEPS: [keyof typeof WRONG, ProblemName][] = [
    ['grants', 'tokenInvalid'],
    ['tenants', 'permissionDenied'],
    ['limits', 'rateLimited'],
    ['type', 'unsupportedMediaType'],
    ['accept', 'notAcceptable'],
    ['correlator', 'invalidArgument'],
    ['body', 'invalidArgument'],
    ['amr', 'notMobileNetwork'],
    ['off', 'operatorDisabled'],
    ['capability', 'notApplicable'],
    ['upstream', 'circuitOpen'],
    ['ledger', 'tokenInvalid'],
  ];

  test.each(STEPS.map(([step, problem], index) => ({ step, problem, index })))(
    '$step refuses with $problem before anything later is looked at',
    async ({ index, problem }) => {
      const wrong = STEPS.slice(index).map(([step]) => WRONG[step]);
      const world: World = Object.assign({}, ...wrong) as World;
      const headers = Object.assign({}, ...wrong.map((step) => ('headers' in step ? step.headers : {}))) as {
        [name: string]: string;
      };
      const body = wrong.some((step) => 'body' in step) ? '{}' : undefined;
      const { service, asked, seats } = around(world);
      expect(await refusal(service.verify(verifyCall(headers, body)))).toBe(problem);
      if (problem !== 'tokenInvalid' || index === 0) expect(asked).not.toContain('ledger');
      expect(asked.join()).not.toContain('send');
      expect(seats.freed).toBe(seats.taken);
    },
  );

  test('a call that was dispatched uses the quota, one that was refused before does not', async () => {
    const dispatched = around({ answer: { status: 500, body: '' } });
    await refusal(dispatched.service.verify(verifyCall()));
    expect(dispatched.afterwards()).toBe('quotaExceeded');
    for (const world of [
      { admit: 'circuitOpen' },
      { dispatch: 'ledgerUnavailable' },
      { amr: ['sms'] },
    ] as World[]) {
      const refused = around(world);
      await refusal(refused.service.verify(verifyCall()));
      expect(refused.afterwards()).toBeUndefined();
    }
  });

  test('a ledger that cannot be written stops the call before the operator hears of it', async () => {
    const { service, asked, seats } = around({ dispatch: 'ledgerUnavailable' });
    expect(await refusal(service.verify(verifyCall()))).toBe('ledgerUnavailable');
    expect(asked.join()).not.toContain('send');
    expect(seats).toEqual({ taken: 1, freed: 1 });
  });

  test('an answer that is no verdict is a Problem, never false, and frees the seat', async () => {
    for (const body of ['{"devicePhoneNumberVerified":"false"}', '{}', '', 'null', '<html>']) {
      const { service, seats } = around({ answer: { body } });
      expect(await refusal(service.verify(verifyCall()))).toMatch(/^operator/);
      expect(seats.freed).toBe(1);
    }
  });

  test('a grant that states no amr passes, one that states a password does not', async () => {
    expect(await around({ amr: [] }).service.verify(verifyCall())).toBe(true);
    expect(await refusal(around({ amr: ['nba', 'PWD'] }).service.verify(verifyCall()))).toBe(
      'notMobileNetwork',
    );
  });
});

describe('share', () => {
  test('returns the number of the device and frees its seat', async () => {
    const { service, seats } = around({});
    expect(await service.share(call())).toBe(NUMBER);
    expect(seats).toEqual({ taken: 1, freed: 1 });
  });

  test('a type without a body is no mistake; a body is', async () => {
    expect(await around({}).service.share(call({ ...JSON_TYPE, 'content-length': '0' }))).toBe(NUMBER);
    for (const header of [
      ['content-length', '2'],
      ['transfer-encoding', 'chunked'],
    ] as const) {
      const { service, asked } = around({});
      expect(await refusal(service.share(call(Object.fromEntries([header]))))).toBe('invalidArgument');
      expect(asked).not.toContain('ledger');
    }
  });

  test('an operator without share refuses before a seat is taken or the token spent', async () => {
    const { service, asked, seats } = around({ share: false });
    expect(await refusal(service.share(call()))).toBe('notApplicable');
    expect(asked).toEqual(['grants', 'tenants']);
    expect(seats.taken).toBe(0);
  });
});
