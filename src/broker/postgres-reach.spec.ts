import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { createLogger } from '../telemetry/logger.js';
import { PostgresAway, PostgresReach } from './postgres-reach.js';

let probe: () => Promise<unknown>;
let returns: number;
let reach: PostgresReach;
beforeEach(() => {
  returns = 0;
  probe = () => Promise.resolve();
  reach = new PostgresReach(
    () => probe(),
    () => void (returns += 1),
    createLogger('silent'),
  );
});
afterEach(() => reach.stop());

const broken = (): Promise<never> => Promise.reject(new Error('Connection terminated'));
const answer = (code: string): DatabaseError => {
  const error = new DatabaseError('no', 1, 'error');
  return Object.assign(error, { severity: 'ERROR', code });
};

const eventually = async (reached: () => boolean): Promise<void> => {
  for (const giveUpAt = Date.now() + 10_000; !reached() && Date.now() < giveUpAt;) await sleep(20);
};

test('once it is away no statement is sent, and those that wait wait no longer', async () => {
  probe = broken;
  const waiting = reach.ask(() => new Promise(() => undefined));
  await expect(reach.ask(broken)).rejects.toThrow(PostgresAway);
  await expect(waiting).rejects.toThrow(PostgresAway);
  let sent = 0;
  await expect(reach.ask(async () => void (sent += 1))).rejects.toThrow(PostgresAway);
  expect([reach.away, sent]).toEqual([true, 0]);
});

test('a statement that is merely slow gets its answer; one that nobody will answer is given up before its own limit', async () => {
  const slow = (): Promise<string> => sleep(800).then(() => 'late');
  expect(await reach.ask(slow)).toBe('late');
  expect(reach.away).toBe(false);

  probe = broken;
  const startedAt = Date.now();
  await expect(reach.ask(() => sleep(5_000, 'never', { ref: false }))).rejects.toThrow(PostgresAway);
  expect(Date.now() - startedAt).toBeLessThan(4_000);
});

test('a probe a second finds out that it answers again', async () => {
  let probes = 0;
  probe = () => ((probes += 1) < 4 ? broken() : Promise.resolve());
  await expect(reach.ask(broken)).rejects.toThrow(PostgresAway);
  await eventually(() => !reach.away);
  expect([reach.away, probes, returns]).toEqual([false, 4, 1]);
  expect(await reach.ask(() => Promise.resolve('yes'))).toBe('yes');
});

test('a statement that was too slow for a database that answers is its own failure', async () => {
  for (const failure of [broken, () => Promise.reject(answer('57014'))]) {
    await expect(reach.ask(failure)).rejects.not.toThrow(PostgresAway);
    expect(reach.away).toBe(false);
  }
});

test('a hundred failures at once are judged once, and one late answer condemns nobody', async () => {
  let probes = 0;
  probe = () => ((probes += 1) === 1 ? broken() : Promise.resolve());
  const asked = await Promise.allSettled(Array.from({ length: 100 }, () => reach.ask(broken)));
  expect(asked.every((one) => one.status === 'rejected' && !(one.reason instanceof PostgresAway))).toBe(true);
  expect([reach.away, probes]).toEqual([false, 2]);
});

test('an answer to the first probe counts while the second is out', async () => {
  probe = () => sleep(900);
  await expect(reach.ask(broken)).rejects.not.toThrow(PostgresAway);
  expect(reach.away).toBe(false);
});

test('a statement that Postgres refuses to do is an answer', async () => {
  probe = broken;
  await expect(reach.ask(() => Promise.reject(answer('42P01')))).rejects.toThrow(DatabaseError);
  expect(reach.away).toBe(false);
});
