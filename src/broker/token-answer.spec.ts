import { describe, expect, test } from '@jest/globals';
import { anything, assert, property } from 'fast-check';
import { intervalOf, lifetimeOf, tamedTokenAnswer } from './token-answer.js';

describe('how long an operator token is taken to live', () => {
  test.each([
    [29, 29],
    ['29', 29],
    [' 29 ', 29],
    [59.9, 59],
    [3_600, 300],
    [1e12, 300],
    [Number.POSITIVE_INFINITY, 300],
    [undefined, 300],
    [null, 300],
    ['', 300],
    ['soon', 300],
    [0, 300],
    [-1, 300],
    [Number.NaN, 300],
    [{}, 300],
    [[], 300],
    [true, 300],
  ])('%p is %i s', (given, expected) => {
    expect(lifetimeOf(given)).toBe(expected);
  });

  test('is a whole number from 1 to 300 for anything at all', () => {
    assert(
      property(anything(), (given) => {
        const seconds = lifetimeOf(given);
        expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 300).toBe(true);
      }),
    );
  });
});

describe('a token answer', () => {
  const answer = {
    access_token: 't',
    token_type: 'bearer',
    refresh_token: 'r',
    id_token: 'i',
    expires_in: '29',
  };
  const tamed = (keep: boolean): unknown => JSON.parse(tamedTokenAnswer(JSON.stringify(answer), keep));

  test('loses its refresh token and odd lifetime', () => {
    expect(tamed(true)).toEqual({ access_token: 't', token_type: 'bearer', id_token: 'i', expires_in: 29 });
  });

  test('loses an id_token that cannot be verified', () => {
    expect(tamed(false)).not.toHaveProperty('id_token');
  });

  test.each(['', '<html>', '[]', 'null', '"x"', '{'])('that is none, %s, passes as it is', (body) => {
    expect(tamedTokenAnswer(body, true)).toBe(body);
  });
});

describe('how often an operator is polled', () => {
  test.each([
    [2, 2],
    [7, 7],
    ['3', 3],
    [undefined, 5],
    [null, 5],
    ['', 5],
    ['soon', 5],
    [{}, 5],
    [Number.NaN, 5],
    [0, 2],
    [-1, 2],
    [1e9, 30],
    ['1000000000', 30],
    [Number.POSITIVE_INFINITY, 30],
  ])('%p means every %i s', (given, expected) => {
    expect(intervalOf(given)).toBe(expected);
  });

  test('is said of backchannel answers alone', () => {
    const tamed = (answer: object): unknown => JSON.parse(tamedTokenAnswer(JSON.stringify(answer), true));
    expect(tamed({ auth_req_id: 'x', expires_in: '120' })).toEqual({
      auth_req_id: 'x',
      expires_in: 120,
      interval: 5,
    });
    expect(tamed({ access_token: 'x', expires_in: 60 })).toEqual({ access_token: 'x', expires_in: 60 });
  });
});
