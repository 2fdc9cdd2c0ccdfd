import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from 'pg';
import { patiently } from './patiently.js';

const failing = (times: number, error: Error) => {
  let tried = 0;
  return {
    tried: () => tried,
    work: () => (++tried > times ? Promise.resolve('done') : Promise.reject(error)),
  };
};

describe('a step of the start', () => {
  it('is done again when no connection could be had', async () => {
    const { work, tried } = failing(2, new Error('Connection terminated due to connection timeout'));
    expect(await patiently(work)).toBe('done');
    expect(tried()).toBe(3);
  });

  it('is done again when the server was too slow for it', async () => {
    const cancelled = new DatabaseError('canceling statement due to statement timeout', 10, 'error');
    const { work, tried } = failing(1, Object.assign(cancelled, { code: '57014' }));
    expect(await patiently(work)).toBe('done');
    expect(tried()).toBe(2);
  });

  it.each([
    ['what the server says', new DatabaseError('relation does not exist', 10, 'error')],
    ['a bug of ours', new TypeError('undefined is not a function')],
  ])('fails at once for %s', async (_case, error) => {
    const { work, tried } = failing(2, error);
    await expect(patiently(work)).rejects.toBe(error);
    expect(tried()).toBe(1);
  });

  it('is given up in the end', async () => {
    const { work } = failing(1_000, new Error('timeout expired'));
    await expect(patiently(work, 250)).rejects.toThrow('timeout expired');
  });
});
