import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ADMIN_CONTROLLERS } from '../src/admin/controllers.js';
import { Described, operationsOf } from '../src/admin/operation.js';
import { AdminClient, adminOf } from './support/admin.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

/** All of them in a release check; enough of them in every run. */
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 4_000);
const AT_ONCE = 4;
const OPERATIONS = operationsOf(ADMIN_CONTROLLERS);

let gateway: TestGateway;
let admin: AdminClient;
let ids: string[];

beforeAll(async () => {
  gateway = await startTestGateway({ ADMIN_REQUESTS_PER_MINUTE: '1000000' });
  admin = await adminOf(gateway);
  ids = [
    ...(await idsAt('tenants')),
    ...(await idsAt('applications')),
    ...(await idsAt('subscriptions')),
    ...(await idsAt('registrations')),
  ];
});
afterAll(() => gateway.close());

async function idsAt(path: string): Promise<string[]> {
  const { body } = await admin.get(path);
  return (body['items'] as { id: string }[]).map(({ id }) => id);
}

const nasty = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.constantFrom(
    '',
    "' OR 1=1 --",
    '%00',
    '../..',
    '\u0000',
    '\ud800',
    '=cmd()',
    '__proto__',
    '1e309',
    '-1',
    '9'.repeat(40),
  ),
  fc.double(),
  fc.bigInt().map(String),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, nasty, fc.array(tie('any'), { maxLength: 3 }), tie('object')),
  object: fc.dictionary(
    fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('id', 'constructor')),
    tie('any'),
    {
      maxKeys: 4,
    },
  ),
})).any;

/** A body near enough to a right one to get past the door. */
function bodyOf(operation: Described): fc.Arbitrary<unknown> {
  const shape = (operation.body as { shape?: Record<string, unknown> } | undefined)?.shape ?? {};
  const usual = fc.oneof(
    value,
    fc.constantFrom(
      'number-verification',
      'dpv:FraudPreventionAndDetection',
      'service',
      'authorization_code',
      'ES',
    ),
    fc.constantFrom('x', 'sandbox', ...ids),
    fc.constantFrom<unknown>([], {}, ['User'], ['number-verification:verify'], { keys: [] }),
  );
  const near = fc.record(Object.fromEntries(Object.keys(shape).map((name) => [name, usual])), {
    requiredKeys: [],
  });
  return fc.oneof({ weight: 4, arbitrary: near }, { weight: 1, arbitrary: value });
}

function request(operation: Described) {
  const parts = operation.fullPath.replace('/admin/v1/', '').split('/');
  const path = fc.tuple(
    ...parts.map((part) =>
      part.startsWith('{')
        ? fc.oneof(
            fc.constantFrom(...ids, 'api', 'token', gateway.sandbox.devices[0]!.operator),
            fc.string({ maxLength: 30 }),
          )
        : fc.constant(part),
    ),
  );
  const named = Object.keys(operation.query?.shape ?? {});
  const query = fc.dictionary(
    fc.oneof(fc.constantFrom('page', ...named), fc.string({ maxLength: 8 })),
    fc.string({ maxLength: 30 }),
    {
      maxKeys: 3,
    },
  );
  return fc.record({
    operation: fc.constant(operation),
    path,
    query,
    body: operation.body ? bodyOf(operation) : fc.constant(undefined),
    etag: fc.constantFrom('"1"', '"2"', '*', 'W/"1"', ''),
    key: fc.option(fc.uuid()),
  });
}

test('whatever is sent, the answer is no 5xx, in the shape of an error, and soon there', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
  process.stdout.write(`admin fuzz: SEED=${seed}, ${REQUESTS} requests\n`);
  const requests = fc.sample(fc.oneof(...OPERATIONS.map((operation) => request(operation))), {
    seed,
    numRuns: REQUESTS,
  });
  const odd: string[] = [];
  const next = requests.values();
  const worker = async (): Promise<void> => {
    for (const { operation, path, query, body, etag, key } of next) {
      const url = `${path.map((part) => encodeURIComponent(wellFormed(part)) || '-').join('/')}?${new URLSearchParams(query).toString()}`;
      const headers = { ...(etag && { 'if-match': etag }), ...(key && { 'idempotency-key': key }) };
      const answer = await admin.send(operation.method, url, body, headers);
      const wrong = answer.status >= 500 || (answer.status >= 400 && answer.body['status'] !== answer.status);
      if (wrong) odd.push(`${operation.operationId} ${url} ${JSON.stringify(body)} → ${answer.status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  expect(odd.slice(0, 10)).toEqual([]);
}, 600_000);

/** Half a surrogate pair cannot stand in a URL at all. */
function wellFormed(text: string): string {
  return text.toWellFormed();
}
