import { expect, test } from '@jest/globals';
import { ConfigUsageError, readCommandLine } from './command-line.js';

test('a command is read with its options', () => {
  const hash = 'a'.repeat(64);
  expect(readCommandLine(['apply', '-f', 'x', '--prune', '--adopt', '--plan', hash, '-o', 'json'])).toEqual({
    name: 'apply',
    file: 'x',
    json: true,
    prune: true,
    adopt: true,
    planHash: hash,
    tag: undefined,
  });
  expect(readCommandLine(['dump', '--select-tag', 'retail'])).toMatchObject({ file: '-', tag: 'retail' });
});

test.each([
  [[]],
  [['destroy', '-f', 'x']],
  [['diff']],
  [['diff', '-f', 'x', 'y']],
  [['diff', '-f', 'x', '--force']],
  [['diff', '-f', 'x', '-o', 'xml']],
  [['validate', '-f', 'x', '--prune']],
  [['diff', '-f', 'x', '--plan', 'a'.repeat(64)]],
  [['apply', '-f', 'x', '--plan', 'abc']],
])('%j is refused, and the message says what there is', (args) => {
  expect(() => readCommandLine(args)).toThrow(ConfigUsageError);
  expect(() => readCommandLine(args)).toThrow('validate -f <file>');
});
