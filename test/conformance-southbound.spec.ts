import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { visit } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn } from './support/tokens.js';

/** Operators that hold to the profile; the habits of the others are in their manifests. */
const CAMARA = ['camara-0.4', 'camara-1.0', 'camara-2.0', 'camara-2.1'];

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

/** What the device is sent to the operator with. */
async function sentTo(
  dialect: string,
  extra: Record<string, string | undefined> = {},
): Promise<URLSearchParams> {
  const { authorizeUrl } = beginSignIn(gateway.sandbox, extra);
  const { location } = await visit(authorizeUrl, gateway.device(dialect).ip);
  return location!.searchParams;
}

describe('toward an operator we are a client that', () => {
  test.each(CAMARA)('asks by PKCE with S256, a state and a nonce, new each time (%s)', async (dialect) => {
    const asked = [await sentTo(dialect), await sentTo(dialect)];
    for (const name of ['code_challenge', 'state', 'nonce']) {
      const [one, other] = asked.map((parameters) => parameters.get(name));
      expect(one!.length).toBeGreaterThanOrEqual(22);
      expect(one).not.toBe(other);
    }
    expect(asked[0]!.get('code_challenge_method')).toBe('S256');
  });

  test.each(CAMARA)(
    'asks for no interaction: prompt=none, though the application left it out (%s)',
    async (dialect) => {
      expect((await sentTo(dialect, { prompt: undefined })).get('prompt')).toBe('none');
    },
  );

  test.each(CAMARA)('asks for openid and exactly one purpose (%s)', async (dialect) => {
    const scope = `openid dpv:FraudPreventionAndDetection ${VERIFY_SCOPE} ${SHARE_SCOPE}`;
    const tokens = (await sentTo(dialect, { scope })).get('scope')!.split(' ');
    expect(tokens).toContain('openid');
    expect(tokens.filter((token) => token.startsWith('dpv:'))).toHaveLength(1);
  });

  test.each([...CAMARA, 'vonage-v031'])(
    'never asks for acr_values, max_age or offline access (%s)',
    async (dialect) => {
      const sent = await sentTo(dialect, {
        acr_values: '2',
        max_age: '0',
        scope: `openid dpv:FraudPreventionAndDetection ${VERIFY_SCOPE} offline_access`,
      });
      expect([sent.has('acr_values'), sent.has('max_age')]).toEqual([false, false]);
      expect(sent.get('scope')).not.toContain('offline_access');
    },
  );

  test.each([...CAMARA, 'vonage-v031'])(
    'says nothing of an address that it was given as a hint (%s)',
    async (dialect) => {
      const sent = await sentTo(dialect, { login_hint: 'ipport:80.90.34.2:16790' });
      expect(sent.has('login_hint')).toBe(false);
    },
  );
});
