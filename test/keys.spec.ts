import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { decodeProtectedHeader } from 'jose';
import { KeyRing } from '../src/grants/key-ring.js';
import { SigningKeys } from '../src/grants/signing-keys.js';
import { postToken, redemption } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice } from './support/tokens.js';

const run = promisify(execFile);

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

interface Said {
  stdout: string;
  stderr: string;
  code?: number;
}

/** `npm run keys -- …` in a process of its own, with the environment of the running gateway. */
async function keys(args: string[], env: Record<string, string> = {}): Promise<Said> {
  const command = ['--import', './test/support/run-typescript.mjs', './src/keys.main.ts', ...args];
  const { databaseUrl, dataDir } = gateway.config;
  const given = { SANDBOX: 'on', DATABASE_URL: databaseUrl!.reveal(), DATA_DIR: dataDir, ...env };
  return run(process.execPath, command, { env: { PATH: process.env['PATH'], ...given } }).catch(
    (error: unknown) => error as Said,
  );
}

const ring = (): KeyRing => gateway.app.get(KeyRing, { strict: false });

async function published(path: string): Promise<Record<string, string>[]> {
  const answer = await fetch(gateway.url + path);
  return ((await answer.json()) as { keys: Record<string, string>[] }).keys;
}

async function idTokenKid(): Promise<string | undefined> {
  const asp = gateway.sandbox;
  const { verifier, authorizeUrl } = beginSignIn(asp);
  const { ip } = gateway.device('camara-2.1');
  const back = await followAsDevice(authorizeUrl, ip, asp.application.redirectUri);
  const { body } = await postToken(asp, await redemption(asp, back.searchParams.get('code')!, verifier));
  return decodeProtectedHeader(String(body['id_token'])).kid;
}

test.each(['oidc', 'operator:sandbox-camara-2-1'])(
  'a key that the command rotates is published before it signs, without its private half: %s',
  async (use) => {
    const path = use === 'oidc' ? '/jwks' : `/upstream/${use.slice('operator:'.length)}/jwks`;
    const before = await published(path);
    const { stdout } = await keys(['rotate', use]);
    await ring().refresh();
    const after = await published(path);
    expect(after[0]).toEqual(before[0]);
    expect(after).toHaveLength(before.length + 1);
    expect(stdout).toContain(after.at(-1)!['kid']!);
    for (const key of after) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
      expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256' });
    }
    const secrets = gateway.app.get(SigningKeys, { strict: false }).privateJwks(use as 'oidc').keys;
    for (const { d } of secrets) expect(JSON.stringify(after)).not.toContain(d);
  },
);

test('an id_token is signed by the key in use, though others are published beside it', async () => {
  await ring().rotate('oidc');
  const inUse = await ring().rotate('oidc', { activeFrom: new Date() });
  await ring().rotate('oidc');
  expect(await idTokenKid()).toBe(inUse);
  expect((await published('/jwks')).length).toBeGreaterThanOrEqual(4);
});

describe('the command', () => {
  test('sees the keys of the running gateway', async () => {
    const { stdout } = await keys(['list']);
    for (const use of ['access-token', 'at-rest', 'oidc', 'operator:sandbox-camara-2-1', 'subject']) {
      expect(stdout).toMatch(new RegExp(`^${use} +\\S+ +current `, 'm'));
    }
    expect(stdout).not.toContain('cannot be opened');
  });

  test.each([
    ['without a command, what there is', [], {}, 'npm run keys -- list'],
    ['without DATABASE_URL, why', ['list'], { DATABASE_URL: '' }, 'belongs to the running gateway alone'],
    ['of a wrong environment, what is wrong', ['list'], { PORT: 'x' }, 'PORT: allowed is'],
    ['outside the sandbox, what is missing', ['list'], { SANDBOX: 'off' }, 'KEY_ENCRYPTION_KEY: required'],
    ['why subjects are never rotated', ['rotate', 'subject'], {}, 'subject: never rotated'],
  ])('says %s, in plain words and with a failure', async (_what, args, env, words) => {
    const { code, stdout, stderr } = await keys(args, env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
