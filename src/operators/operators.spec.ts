import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  liveManifest,
  manifest,
  OperatorDirectory,
  SANDBOX_URL,
} from '../../test/support/operator-directory.js';
import { Problem } from '../contract/problem.js';
import { OperatorConfigError } from './operator-config.error.js';
import { loadOperators } from './operators.js';

let operators: OperatorDirectory;
beforeEach(() => {
  operators = new OperatorDirectory();
});
afterEach(() => {
  operators[Symbol.dispose]();
});

describe('operators', () => {
  it('are the folders of the directory; plain files and hidden folders are none', () => {
    operators.write('two', manifest({ id: 'two' }));
    operators.write('one', manifest());
    operators.write('.hidden', 'not: [yaml');
    writeFileSync(join(operators.path, 'README.md'), 'not a folder');
    expect(
      operators
        .load()
        .all()
        .map(({ id }) => id),
    ).toStrictEqual(['one', 'two']);
  });

  it('of the sandbox live below its URL, which is their issuer, too', () => {
    operators.write('one', manifest());
    expect(operators.load().require('one')).toMatchObject({
      apiRoot: `${SANDBOX_URL}/one`,
      auth: { issuer: `${SANDBOX_URL}/one` },
      dialect: { name: 'camara-2.1' },
      off: undefined,
    });
  });

  it('of the sandbox are off without one', () => {
    operators.write('one', manifest());
    expect(loadOperators({ directory: operators.path, secrets: new Map() }).get('one')?.off).toBe(
      'the sandbox is not running',
    );
  });

  it('can be switched off and on again while others keep what they know of them', () => {
    operators.write('one', manifest());
    operators.write('two', manifest({ id: 'two' }));
    const all = operators.load();
    const one = all.require('one');
    all.apply(new Map([['one', { enabled: false }]]));
    expect(one.off).toBe('switched off');
    expect(() => all.require('one')).toThrow(new Problem('operatorDisabled'));
    expect(all.require('two').off).toBeUndefined();
    expect(all.complete('one')).toBe(true);
    all.apply(new Map([['one', { enabled: true }]]));
    expect(all.require('one')).toBe(one);
  });

  it('without their secret stay off, whatever is switched', () => {
    operators.write('one', liveManifest());
    const all = operators.load();
    all.apply(new Map([['one', { enabled: true }]]));
    expect(all.get('one')?.off).toBe('OPERATOR_SECRET_ONE is not set');
    expect(all.complete('one')).toBe(false);
  });

  it('are off until their secret is set', () => {
    operators.write('one', liveManifest());
    expect(operators.load().get('one')?.off).toBe('OPERATOR_SECRET_ONE is not set');
    expect(() => operators.load().require('one')).toThrow(new Problem('operatorDisabled'));
    expect(operators.load({ ONE: 'x' }).require('one')).toMatchObject({
      apiRoot: 'https://api.operator.example',
    });
  });

  it('that are unknown are disabled: 503, whatever a token says', () => {
    operators.write('one', manifest());
    expect(operators.load().get('two')).toBeUndefined();
    expect(() => operators.load().require('two')).toThrow(new Problem('operatorDisabled'));
  });
});

describe('routes', () => {
  it.each([
    ['neighbours', ['10.31.0.0/16'], ['10.32.0.0/16']],
    ['families apart', ['10.31.0.0/16'], ['2001:db8::/32']],
  ])('that are %s do not overlap', (_what, one, two) => {
    operators.write('one', manifest({ routes: { cidrs: one } }));
    operators.write('two', manifest({ id: 'two', routes: { cidrs: two } }));
    expect(operators.load().all()).toHaveLength(2);
  });

  it('of an operator that is off are free', () => {
    operators.write('one', liveManifest({ routes: { cidrs: ['10.31.0.0/16'] } }));
    operators.write('two', manifest({ id: 'two', routes: { cidrs: ['10.31.0.0/16'] } }));
    expect(operators.load().all()).toHaveLength(2);
    expect(() => operators.load({ ONE: 'x' })).toThrow(OperatorConfigError);
  });
});
