import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { liveManifest, manifest, OperatorDirectory } from '../../test/support/operator-directory.js';
import { OperatorConfigError } from './operator-config.error.js';
import { loadOperators } from './operators.js';

let operators: OperatorDirectory;
beforeEach(() => {
  operators = new OperatorDirectory();
});
afterEach(() => {
  operators[Symbol.dispose]();
});

function refusal(): string {
  try {
    operators.load();
  } catch (error) {
    if (error instanceof OperatorConfigError) return error.message;
    throw error;
  }
  throw new Error('was loaded');
}

describe('the boot stops with file, field and remedy for', () => {
  const auth = manifest().auth;
  const edits: [what: string, content: object | string, message: string | RegExp][] = [
    [
      'an unknown key',
      manifest({ limits: { timeoutMS: 5 } }),
      'limits.timeoutMS: is no known field: correct its spelling or remove it',
    ],
    ['an id unlike its folder', manifest({ id: 'two' }), 'id: write one, as the folder is named'],
    [
      'an unknown dialect',
      manifest({ dialect: 'camara-9' }),
      'dialect: write one of camara-0.3, camara-0.4, ',
    ],
    [
      'a capability its dialect lacks',
      manifest({ dialect: 'vonage-v031' }),
      'capabilities.share: write false: vonage-v031 has none',
    ],
    ['a missing field', manifest({ name: undefined }), 'name: write a value of type string'],
    [
      'a network that YAML reads as a number',
      manifest({ networks: [20801] }),
      'networks.0: write MCC and MNC as 5 or 6 digits, in quotes',
    ],
    [
      'a bad CIDR',
      manifest({ routes: { cidrs: ['10.0.0.1'] } }),
      'routes.cidrs.0: write a CIDR block such as 203.0.113.0/24',
    ],
    [
      'a bad client authentication',
      manifest({ auth: { ...auth, client: { method: 'magic' } } }),
      /auth\.client(\.method)?: write method: private_key_jwt, /,
    ],
    [
      'a secret by value',
      manifest({ auth: { ...auth, client: { method: 'client_secret_post', secret: 's3cr3t' } } }),
      'auth.client.secret: write the NAME of an OPERATOR_SECRET_<NAME> variable',
    ],
    [
      'a lifecycle of another name',
      manifest({ lifecycle: 'test' }),
      'lifecycle: write one of sandbox, live, sunset',
    ],
    ['an API root in the sandbox', manifest({ apiRoot: 'https://a.example' }), 'apiRoot: remove it: '],
    [
      'an API root that is missing',
      liveManifest({ apiRoot: undefined }),
      'apiRoot: write the https URL of the API',
    ],
    ['a number out of range', manifest({ limits: { timeoutMs: 1 } }), /limits\.timeoutMs: Too small: .*100/],
    [
      'an id_token without openid',
      manifest({ auth: { ...auth, openid: false } }),
      'auth.idToken: write false: ',
    ],
    [
      'amr without an id_token',
      manifest({ auth: { ...auth, idToken: false, amr: 'required' } }),
      'auth.amr: write unavailable: ',
    ],
    ['a key that stands twice', 'id: one\nid: one\n', /Map keys must be unique.* at line \d/],
    ['no YAML', 'id: [', / at line \d/],
    ['two documents', 'id: one\n---\nid: two\n', /multiple documents/],
    ['an empty file', '', 'write a value of type object'],
  ];

  it.each(edits)('%s', (_what, content, message) => {
    operators.write('one', content);
    expect(refusal()).toContain(`${operators.fileOf('one')}: `);
    expect(refusal()).toMatch(message);
  });

  it('a folder without a manifest', () => {
    mkdirSync(join(operators.path, 'one'));
    expect(refusal()).toMatch(/one\/operator\.yaml: cannot be read: write one/);
  });

  it('a directory that is not there', () => {
    expect(() => loadOperators({ directory: join(operators.path, 'none'), secrets: new Map() })).toThrow(
      /none: cannot be read: set OPERATORS_DIR/,
    );
  });

  it('everything that is wrong, at once', () => {
    operators.write('one', manifest({ dialect: 'x' }));
    operators.write('two', manifest({ id: 'two', name: '' }));
    expect(refusal().split('\n')).toHaveLength(2);
  });

  it.each([
    ['cidrs', '10.31.0.0/16', '10.31.4.0/24'],
    ['cidrs', '10.31.4.0/24', '10.0.0.0/8'],
    ['cidrs', '2001:db8::/32', '2001:db8:1::/48'],
    ['prefixes', '+990', '+990'],
  ])('%s %s and %s of two operators that are on', (kind, one, two) => {
    operators.write('one', manifest({ routes: { [kind]: [one] } }));
    operators.write('two', manifest({ id: 'two', routes: { [kind]: [two] } }));
    expect(refusal()).toBe(
      `${operators.fileOf('two')}: routes.${kind}: ${two} overlaps ${one} of ` +
        `${operators.fileOf('one')}: give it to one of the two`,
    );
  });
});
