import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createTestDatabase } from '../../test/support/test-database.js';
import { Database } from '../database/database.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { OperatorWindows } from './operator-windows.js';
import { StatusRollup } from './status-rollup.js';

const logger = createLogger('silent');
let place: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;

beforeAll(async () => {
  place = await createTestDatabase();
  database = await Database.open({ url: place.url, entities: [], logger });
});
beforeEach(() => database.pool('admin').query('TRUNCATE operator_evidence'));
afterAll(async () => {
  await database.close();
  await place.drop();
});

/** One gateway's part. */
class Process {
  readonly metrics = new Metrics();
  readonly windows = new OperatorWindows(this.metrics.upstream.evidence);
  readonly rollup = new StatusRollup(database, this.windows, this.metrics, logger);

  saw(answered: number, failed: number): void {
    const { evidence } = this.metrics.upstream;
    for (let call = 0; call < answered; call += 1) evidence.note('one', 'api', true, 0.1);
    for (let call = 0; call < failed; call += 1) evidence.note('one', 'api', false, 0.1);
  }

  get day() {
    return this.windows.over('one', 'api', 24 * 60);
  }
}

test('what two processes have seen comes together in both, and outlives them', async () => {
  const [one, two] = [new Process(), new Process()];
  one.saw(6, 1);
  two.saw(3, 2);
  await one.rollup.roll();
  await two.rollup.roll();
  await one.rollup.roll();
  const sum = { answered: 9, failed: 3, within500Ms: 9, within2s: 9 };
  expect([one.day, two.day]).toEqual([sum, sum]);
  one.saw(1, 0);
  await one.rollup.onApplicationShutdown();
  const three = new Process();
  await three.rollup.roll();
  expect(three.day).toMatchObject({ answered: 10, failed: 3 });
});

test('while Postgres is away nothing is lost or counted twice', async () => {
  const one = new Process();
  one.saw(6, 1);
  await database.pool('admin').query('ALTER TABLE operator_evidence RENAME TO gone');
  await expect(one.rollup.roll()).rejects.toThrow('operator_evidence');
  expect(one.day).toMatchObject({ answered: 6, failed: 1 });
  await database.pool('admin').query('ALTER TABLE gone RENAME TO operator_evidence');
  await one.rollup.roll();
  await one.rollup.roll();
  expect(one.day).toMatchObject({ answered: 6, failed: 1 });
});

test('what is older than a day goes', async () => {
  const yesterday = Math.floor(Date.now() / 60_000) - 2 * 24 * 60;
  await database
    .pool('admin')
    .query(`INSERT INTO operator_evidence VALUES ($1, 'one', 'api', 1, 1, 1, 1)`, [yesterday]);
  await new Process().rollup.roll();
  const { rows } = await database.pool('admin').query('SELECT FROM operator_evidence');
  expect(rows).toEqual([]);
});
