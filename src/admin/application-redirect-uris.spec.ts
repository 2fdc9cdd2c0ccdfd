import { describe, expect, test } from '@jest/globals';
import { RedirectUris } from './application-redirect-uris.js';

const GOOD = 'https://bank.example/cb';

/** Where the list is wrong: indexes; nothing when it is right. */
function faults(...uris: unknown[]): PropertyKey[][] {
  const result = RedirectUris.safeParse(uris);
  return result.success ? [] : result.error.issues.map(({ path }) => path);
}

describe('redirect URIs', () => {
  test.each([
    'https://bank.example/cb?tenant=1',
    'https://bank.example:8443/a/../b',
    'https://bank.example/a@b',
    'https://localhost/cb',
    'http://127.0.0.1/cb',
    'http://localhost:4000/cb',
    'http://[::1]:4000/cb',
    'com.example.app:/callback',
    'com.example.app://callback',
  ])('%s is taken as it is', (uri) => {
    expect(RedirectUris.parse([uri])).toEqual([uri]);
  });

  test.each([
    ['http beyond this machine', 'http://bank.example/cb'],
    ['a name that only begins like loopback', 'http://localhost.evil.example/cb'],
    ['a fragment', 'https://bank.example/cb#'],
    ['a user name', 'https://bank@evil.example/cb'],
    ['an empty user name', 'https://@evil.example/cb'],
    ['a user name in a private scheme', 'com.example.app://a@b/cb'],
    ['a scheme without a dot', 'myapp:/cb'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['a relative one', '/cb'],
    ['https without an authority', 'https:bank.example'],
    ['https with an empty authority', 'https:///cb'],
    ['a backslash', String.raw`https://bank.example\@evil.example/`],
    ['a space', 'https://bank.example/c b'],
    ['a line break', 'https://bank.example/\n'],
    ['a letter beyond ASCII', 'https://bänk.example/cb'],
    ['a port that there is not', 'https://bank.example:99999/'],
    ['one too long', `https://bank.example/${'a'.repeat(2_000)}`],
    ['nothing', ''],
    ['a number', 7],
  ])('%s is refused', (_, uri) => {
    expect(faults(GOOD, uri)).toContainEqual([1]);
  });

  test('there are at most twenty, each once', () => {
    const many = Array.from({ length: 21 }, (_, index) => `https://bank.example/${index}`);
    expect(faults(...many.slice(1))).toEqual([]);
    expect(faults(...many)).toEqual([[]]);
    expect(faults(GOOD, GOOD)).toEqual([[1]]);
  });

  test('https on loopback does not stand beside a private scheme', () => {
    expect(faults('com.example.app:/cb', 'https://localhost/cb')).toEqual([[1]]);
    expect(faults('com.example.app:/cb', 'http://localhost/cb', GOOD)).toEqual([]);
  });
});
