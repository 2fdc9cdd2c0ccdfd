import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Problem } from '../contract/problem.js';
import { Correlation, UpstreamAnswer, UpstreamRequest } from '../dialects/dialect.js';
import { Example, EXAMPLE_CORRELATOR, EXAMPLE_REPLACEMENT } from './example.js';
import { Operator } from './operator.js';
import { loadOperators, operatorFolders } from './operators.js';
import { readYaml } from './read-yaml.js';

const DIRECTORY = 'operators';
const operators = loadOperators({ directory: DIRECTORY, secrets: new Map() });

function examplesOf(folder: string): string[] {
  const directory = join(folder, 'examples');
  return readdirSync(directory).map((name) => join(directory, name));
}

/** What the caller sees of one example: `sent` as far as it got, and the answer or the problem. */
function play(example: Example, operator: Operator) {
  const correlation: Correlation = {
    value: example.correlator ?? EXAMPLE_CORRELATOR,
    replacement: () => EXAMPLE_REPLACEMENT,
  };
  const { asked } = example;
  const { dialect } = operator;
  let sent: UpstreamRequest | undefined;
  try {
    sent =
      asked === 'share'
        ? dialect.encodeShare(operator, correlation)
        : dialect.encodeVerify(asked, operator, correlation);
    // Nothing is said of an answer: nothing must have been sent, which the test sees.
    if (!example.answered) return { sent };
    const answer = asAnswer(example.answered);
    const returned =
      asked === 'share' ? dialect.decodeShare(answer, operator) : dialect.decodeVerify(answer, operator);
    return { sent, returned };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { sent, raised: error.problem, retryAfterSeconds: error.retryAfterSeconds };
  }
}

function asAnswer({ status, headers, body, text }: NonNullable<Example['answered']>): UpstreamAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: text ?? (body === undefined ? '' : JSON.stringify(body)),
  };
}

describe.each(operatorFolders(DIRECTORY))('%s', (folder) => {
  const files = examplesOf(folder);

  it('shows at least one answer and one error, in files that are run', () => {
    expect(files.filter((file) => !file.endsWith('.yaml'))).toStrictEqual([]);
    const examples = files.map((file) => readYaml(file, Example));
    expect(examples.some(({ returned }) => returned !== undefined)).toBe(true);
    expect(examples.some(({ raised }) => raised !== undefined)).toBe(true);
  });

  it.each(files)('%s', (file) => {
    const example = readYaml(file, Example);
    const operator = operators.all().find(({ id }) => join(DIRECTORY, id) === folder)!;
    const { sent, ...outcome } = play(example, operator);

    if (example.sent) {
      const { headers = {}, body, ...line } = example.sent;
      expect(sent).toMatchObject({ ...line, headers });
      expect(sent?.body && JSON.parse(sent.body)).toStrictEqual(body);
    } else {
      expect(sent).toBeUndefined();
    }
    expect(outcome).toEqual({
      returned: example.returned,
      raised: example.raised,
      retryAfterSeconds: example.retryAfterSeconds,
    });
  });
});

describe('an example', () => {
  const plain = { phoneNumber: '+12345' };
  const sent = { method: 'POST', path: '/verify', body: plain };
  it.each([
    ['without an outcome', { asked: plain, sent, answered: { status: 200 } }],
    [
      'with two outcomes',
      { asked: plain, sent, answered: { status: 200 }, returned: true, raised: 'internal' },
    ],
    ['that is sent and not answered', { asked: plain, sent, raised: 'internal' }],
    ['that returns without an answer', { asked: plain, returned: true }],
    ['with an unknown problem', { asked: 'share', raised: 'nothing' }],
    ['with an unknown key', { asked: 'share', raised: 'notApplicable', note: 'x' }],
    [
      'with both numbers',
      { asked: { ...plain, hashedPhoneNumber: 'a'.repeat(64) }, raised: 'notApplicable' },
    ],
    [
      'with body and text',
      { asked: plain, sent, answered: { status: 200, body: {}, text: '' }, returned: true },
    ],
  ])('%s is none', (_what, value) => {
    expect(Example.safeParse(value).success).toBe(false);
  });
});
