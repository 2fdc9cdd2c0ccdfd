import { describe, expect, test } from '@jest/globals';
import { addressIn, requireHint } from './login-hint.js';

const ALL = { allowedHints: ['operatortoken', 'tel', 'ipport'] };

describe('a hint', () => {
  test.each([
    ['operatortoken:ey.J-x=', 'operatortoken'],
    ['tel:+34666111222', 'tel'],
    ['ipport:80.90.34.2', 'ipport'],
    ['ipport:[2001:db8::1]:8080', 'ipport'],
  ])('%s is of its kind', (given, kind) => {
    expect(requireHint(given, ALL)).toMatchObject({ kind, hint: given });
  });

  test.each([
    undefined,
    '',
    'operatortoken:',
    'operatortoken:a b',
    'operatortoken:ä',
    `operatortoken:${'x'.repeat(4_097)}`,
    'OPERATORTOKEN:x',
    'tel:34666111222',
    'tel:+0666111222',
    'tel:+34 666',
    'ipport:',
    'ipport:2001:db8::1',
    'ipport:host.example:80',
    'constructor:x',
  ])('%p is none', (given) => {
    expect(() => requireHint(given, ALL)).toThrow('invalid_request');
  });

  test.each(['tel:+34666111222', 'ipport:80.90.34.2:1'])('%s is refused unless it was agreed', (given) => {
    expect(() => requireHint(given, { allowedHints: ['operatortoken'] })).toThrow('invalid_request');
  });

  test.each([
    ['ipport:80.90.34.2', { ip: '80.90.34.2' }],
    ['ipport:80.90.34.2:16790', { ip: '80.90.34.2', port: 16790 }],
    ['ipport:[2001:db8::1]', { ip: '2001:db8::1' }],
    ['ipport:[2001:db8::1]:8080', { ip: '2001:db8::1', port: 8080 }],
  ])('%s is taken apart', (given, address) => {
    expect(addressIn(requireHint(given, ALL))).toEqual(address);
  });
});
