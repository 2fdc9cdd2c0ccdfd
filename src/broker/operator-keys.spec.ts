import { JsonWebKey, KeyObject, generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { simulated } from '../../test/support/simulated-operators.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { OperatorKeys } from './operator-keys.js';

const JWKS = { jwks_uri: 'https://op.example/jwks' };
const operator = simulated('camara-2.1');

interface Pair {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey & { kid: string };
}

function pair(kid: string): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } };
}

const idToken = ({ kid, privateKey }: Pair, by = kid): Promise<string> =>
  new SignJWT({ sub: 'someone' }).setProtectedHeader({ alg: 'ES256', kid: by }).sign(privateKey);

const OLD = pair('old');
const NEW = pair('new');

let answer: () => Response;
let fetches: number;
let nowMs: number;
let metrics: Metrics;
let keys: OperatorKeys;
beforeEach(() => {
  fetches = 0;
  nowMs = 1_000_000;
  publish({ keys: [OLD.jwk] });
  metrics = new Metrics();
  const door = (): Promise<Response> => {
    fetches++;
    return Promise.resolve().then(answer);
  };
  keys = new OperatorKeys({ fetch: () => door }, metrics.broker, createLogger('silent'), () => nowMs);
});

function publish(set: unknown, status = 200): void {
  answer = () => new Response(JSON.stringify(set), { status });
}

async function verified(token: Promise<string>): Promise<string> {
  try {
    await keys.verify(operator, JWKS, await token);
    return 'verified';
  } catch (error) {
    return (error as { problem: string }).problem;
  }
}

describe('an id_token', () => {
  test('is verified by the operator’s published key, which is read once', async () => {
    expect(await Promise.all([verified(idToken(OLD)), verified(idToken(OLD))])).toEqual([
      'verified',
      'verified',
    ]);
    expect(fetches).toBe(1);
  });

  test('is refused when another key has signed it under the same name', async () => {
    expect(await verified(idToken(NEW, 'old'))).toBe('operatorMisbehaved');
  });

  test('that is no JWT, or unsigned, is refused', async () => {
    expect(await verified(Promise.resolve('x.y.z'))).toBe('operatorMisbehaved');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`;
    expect(await verified(Promise.resolve(none))).toBe('operatorMisbehaved');
  });

  test('that there is none of needs no keys', async () => {
    await keys.verify(operator, JWKS, undefined);
    expect(fetches).toBe(0);
  });
});

test('U38 a new key is found by the first sign-in that meets it: none fails, one reads the set again', async () => {
  await verified(idToken(OLD));
  publish({ keys: [OLD.jwk, NEW.jwk] });
  const many = await Promise.all(
    Array.from({ length: 50 }, (_, at) => verified(idToken(at % 2 ? OLD : NEW))),
  );
  expect(new Set(many)).toEqual(new Set(['verified']));
  expect(fetches).toBe(2);
});

describe('U39 a key set that cannot be read', () => {
  test.each([
    ['is down', () => Promise.reject(new TypeError('fetch failed')) as never],
    ['answers 500', () => new Response('', { status: 500 })],
  ])(
    'because it %s: the last good one serves for a day, and an unknown key stays unknown',
    async (_how, broken) => {
      await verified(idToken(OLD));
      answer = broken;
      nowMs += 23 * 3_600_000;
      expect([await verified(idToken(OLD)), await verified(idToken(NEW))]).toEqual([
        'verified',
        'operatorMisbehaved',
      ]);
      nowMs += 2 * 3_600_000;
      expect(await verified(idToken(OLD))).toBe('operatorUnreachable');
    },
  );

  test('and never could is no fault of the token', async () => {
    publish({}, 503);
    expect(await verified(idToken(OLD))).toBe('operatorUnreachable');
  });
});

test('U40 a flood of unknown keys makes us ask at most twice a minute', async () => {
  await verified(idToken(OLD));
  const flood = await Promise.all(
    Array.from({ length: 300 }, (_, at) => verified(idToken(NEW, `unknown-${at}`))),
  );
  expect(new Set(flood)).toEqual(new Set(['operatorMisbehaved']));
  for (let at = 0; at < 20; at++) await verified(idToken(NEW, `later-${at}`));
  expect(fetches).toBe(2);
  nowMs += 61_000;
  for (let at = 0; at < 20; at++) await verified(idToken(NEW, `again-${at}`));
  expect(fetches).toBe(4);
});

describe('U41 a bad key set', () => {
  const rsa = (bits: number): JsonWebKey =>
    generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' });
  const WEAK = rsa(1024);
  const ORDINARY = rsa(2048);

  test.each<[what: string, set: object]>([
    ['two keys of one name', { keys: [OLD.jwk, { ...NEW.jwk, kid: 'old' }] }],
    ['a private key', { keys: [OLD.jwk, { ...NEW.privateKey.export({ format: 'jwk' }), kid: 'new' }] }],
    ['a shared secret', { keys: [OLD.jwk, { kty: 'oct', k: 'c2VjcmV0', kid: 'new', alg: 'HS256' }] }],
    ['an algorithm that is not of its kind', { keys: [{ ...NEW.jwk, alg: 'RS256' }] }],
    ['the algorithm none', { keys: [{ ...NEW.jwk, alg: 'none' }] }],
    ['a weak key', { keys: [{ ...WEAK, kid: 'new' }] }],
    ['no key of use', { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'new' }] }],
    [
      'more keys than anybody has',
      { keys: Array.from({ length: 101 }, (_, at) => ({ ...NEW.jwk, kid: `${at}` })) },
    ],
    ['nothing of the kind', { hello: 'world' }],
  ])('with %s is refused, the old one stays, and it shows', async (_what, set) => {
    await verified(idToken(OLD));
    publish(set);
    expect(await verified(idToken(NEW))).toBe('operatorMisbehaved');
    expect(await verified(idToken(OLD))).toBe('verified');
    expect(await metrics.renderPlain()).toContain(
      'token_cache_operations_total{kind="jwks",result="rejected"} 1',
    );
  });

  test('is not one that also holds keys for other things', async () => {
    const others = [
      { ...ORDINARY, kid: 'enc', use: 'enc' },
      { ...ORDINARY, kid: 'ps512', alg: 'PS512' },
      { kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'ed' },
    ];
    publish({ keys: [...others, NEW.jwk] });
    expect(await verified(idToken(NEW))).toBe('verified');
  });
});
