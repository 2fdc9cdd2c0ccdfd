import { describe, expect, test } from '@jest/globals';
import { EntityManager, QueryFailedError } from 'typeorm';
import { Database } from '../database/database.js';
import { Transactions } from './transactions.js';

const EVERYBODY = { tenantId: null };

/** Of which every transaction fails with these SQLSTATEs, one after the other, and the next ones succeed. */
function failing(codes: readonly string[]): { transactions: Transactions; tried: () => number } {
  let tried = 0;
  const manager = { query: () => Promise.resolve([]) } as unknown as EntityManager;
  const dataSource = {
    transaction: async (work: (manager: EntityManager) => Promise<unknown>) => {
      const done = await work(manager);
      const code = codes[tried++];
      if (code === undefined) return done;
      throw new QueryFailedError('COMMIT', [], Object.assign(new Error('refused'), { code }));
    },
  };
  return {
    transactions: new Transactions({ dataSource } as unknown as Database),
    tried: () => tried,
  };
}

describe('a transaction', () => {
  test.each(['40001', '40P01'])('D10: what collides is tried three times in all (%s)', async (code) => {
    const twice = failing([code, code]);
    expect(await twice.transactions.run(EVERYBODY, () => Promise.resolve('done'))).toBe('done');
    expect(twice.tried()).toBe(3);
    const always = failing([code, code, code, code]);
    await expect(always.transactions.run(EVERYBODY, () => Promise.resolve('done'))).rejects.toThrow(
      'refused',
    );
    expect(always.tried()).toBe(3);
  });

  test('that fails for anything else is tried once', async () => {
    const { transactions, tried } = failing(['23505']);
    await expect(transactions.run(EVERYBODY, () => Promise.resolve('done'))).rejects.toThrow('refused');
    expect(tried()).toBe(1);
  });
});
