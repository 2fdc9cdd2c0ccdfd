import { expect, test } from '@jest/globals';
import { DocumentError, readDocument } from './read-document.js';

const faultsOf = (text: string): string[] => {
  try {
    readDocument('f.yaml', Buffer.from(text));
  } catch (error) {
    if (error instanceof DocumentError) return error.message.split('\n');
    throw error;
  }
  return [];
};

test('a document that says nothing is one', () => {
  expect(readDocument('f.yaml', Buffer.from('_format: 1\n'))).toEqual({
    _format: 1,
    plans: [],
    operators: [],
    routes: [],
    tenants: [],
  });
});

test.each([
  ['a key twice', '_format: "1"\ntenants: []\ntenants: []\n', 'f.yaml:3:1: no YAML:'],
  ['what is not closed', '_format: "1"\ntenants: [\n', 'f.yaml:3:1: no YAML:'],
  ['a tab for indentation', '_format: "1"\ntenants:\n\t- a\n', 'f.yaml:3:1: no YAML:'],
  ['nothing at all', '', 'f.yaml:1:1: the document:'],
  ['another format', '_format: "2"\n', 'f.yaml:1:1: _format: must be "1"'],
  ['an unknown key', '_format: "1"\nteam: x\n', 'f.yaml:2:1: team: is not known here'],
  [
    'a wrong value deep within',
    '_format: "1"\ntenants:\n  - key: a\n    name: A\n    applications:\n      - key: b\n        name: B\n        redirectUris: ["http://x.example"]\n',
    'f.yaml:8:24: tenants[0].applications[0].redirectUris[0]: must be https',
  ],
])('%s is refused with its place', (_, text, message) => {
  expect(faultsOf(text)[0]).toContain(message);
});

test('all that is wrong is said at once, and no value is quoted', () => {
  const faults = faultsOf(
    '_format: "1"\nplans:\n  - { key: A!, name: hush, limits: { perDay: hush-hush } }\nx: hush\n',
  );
  expect(faults).toHaveLength(3);
  expect(faults.join()).not.toContain('hush');
});

test('aliases that unfold into very much are refused', () => {
  const bomb = ['_format: "1"', 'a: &a [x, x, x, x, x, x, x, x, x]'];
  for (const [name, before] of ['ba', 'cb', 'dc', 'ed'].map((pair) => [pair[0], pair[1]] as const)) {
    bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`);
  }
  expect(faultsOf(`${bomb.join('\n')}\n`)).toEqual([expect.stringContaining('aliases')]);
});
