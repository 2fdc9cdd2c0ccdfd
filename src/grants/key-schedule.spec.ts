import { afterEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../telemetry/logger.js';
import { KeySchedule } from './key-schedule.js';
import { KeyUpkeep } from './key-upkeep.js';

type Check = KeyUpkeep['check'];

const NOTHING = { published: [], removed: [] };
const schedules: KeySchedule[] = [];
afterEach(() => Promise.all(schedules.splice(0).map((schedule) => schedule.onApplicationShutdown())));

/** Started, with an hour of a few milliseconds. */
function started(check: Check, everyMs = 5): { refreshed: () => number } {
  let refreshed = 0;
  const ring = { refresh: async () => void (refreshed += 1) };
  const schedule = new KeySchedule({ check }, ring, createLogger('silent'), everyMs);
  schedules.push(schedule);
  schedule.onApplicationBootstrap();
  return { refreshed: () => refreshed };
}

async function until(reached: () => boolean): Promise<void> {
  for (const giveUpAt = Date.now() + 5_000; !reached(); await sleep(2)) {
    if (Date.now() > giveUpAt) throw new Error('it did not come to pass');
  }
}

test('looks at the start, and again every hour, though it failed before', async () => {
  let checks = 0;
  started(async () => {
    checks += 1;
    if (checks === 1) throw new Error('the database is away');
    return NOTHING;
  });
  expect(checks).toBe(1);
  await until(() => checks >= 3);
});

test('reads the ring again when it has changed something, and only then', async () => {
  const answers: Awaited<ReturnType<Check>>[] = [
    NOTHING,
    undefined,
    { published: [], removed: [{ use: 'oidc', kid: 'a' }] },
    { published: [{ use: 'oidc', kid: 'b', activeFrom: new Date() }], removed: [] },
    NOTHING,
  ];
  let asked = 0;
  const { refreshed } = started(async () => answers[asked++]);
  await until(() => asked > answers.length);
  expect(refreshed()).toBe(2);
});

test('never runs twice at once, and a stop waits for it', async () => {
  let running = 0;
  let most = 0;
  started(async () => {
    running += 1;
    most = Math.max(most, running);
    await sleep(30);
    running -= 1;
    return NOTHING;
  }, 1);
  await sleep(50);
  await schedules.pop()!.onApplicationShutdown();
  expect([running, most]).toEqual([0, 1]);
});
