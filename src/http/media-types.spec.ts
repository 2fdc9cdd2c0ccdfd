import { describe, expect, test } from '@jest/globals';
import { requireAcceptsJson, requireJsonBody } from './media-types.js';

describe('the body', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json; charset=utf8',
    'application/json; profile=x',
  ])('may be %s', (type) => {
    expect(() => requireJsonBody({ 'content-type': type }, true)).not.toThrow();
  });

  test.each([
    'text/plain',
    'application/json; charset=latin1',
    'application/json; charset=',
    'application/problem+json',
    'application/jsonx',
    'application/json, application/json',
    'application/x-www-form-urlencoded',
    '',
  ])('may not be "%s"', (type) => {
    expect(() => requireJsonBody({ 'content-type': type }, true)).toThrow('unsupportedMediaType');
  });

  test('needs a type, and no body needs none', () => {
    expect(() => requireJsonBody({}, true)).toThrow('unsupportedMediaType');
    expect(() => requireJsonBody({}, false)).not.toThrow();
  });

  test('must not be compressed', () => {
    const type = { 'content-type': 'application/json' };
    expect(() => requireJsonBody({ ...type, 'content-encoding': 'gzip' }, true)).toThrow(
      'unsupportedMediaType',
    );
    expect(() => requireJsonBody({ ...type, 'content-encoding': 'identity' }, true)).not.toThrow();
  });
});

describe('Accept', () => {
  test.each([
    undefined,
    '*/*',
    'application/json',
    'application/*',
    'application/json;charset=UTF-8',
    'text/html, application/json;q=0.1',
    'application/json, text/plain, */*',
    'text/*;q=0.3, */*;q=0.5',
    'application/json ; Q=0.5',
    'application/ld+json;profile="a,b", application/json',
    '*/*;q=0, application/json',
  ])('%s takes JSON', (accept) => {
    expect(() => requireAcceptsJson(accept)).not.toThrow();
  });

  test.each([
    'text/html',
    'application/xml',
    'application/json;q=0',
    'application/problem+json',
    'text/*',
    '*/*, application/json;q=0.0',
    'application/json;q=no',
  ])('%s does not', (accept) => {
    expect(() => requireAcceptsJson(accept)).toThrow('notAcceptable');
  });
});
