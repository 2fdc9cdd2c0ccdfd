import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../telemetry/logger.js';
import { Recurring } from './recurring.js';

const logger = createLogger('silent');

describe('recurring work', () => {
  it('never runs twice at once, and stop waits for the run that is going on', async () => {
    let at = 0;
    let most = 0;
    let done = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++at);
      await sleep(20);
      at--;
      done++;
    };
    const recurring = new Recurring(work, logger, 'failed');
    recurring.start(5);
    await sleep(70);
    await recurring.stop();
    expect(most).toBe(1);
    expect(at).toBe(0);
    expect(done).toBeGreaterThanOrEqual(2);
    const before = done;
    await sleep(30);
    expect(done).toBe(before);
  });

  it('goes on after a run that failed', async () => {
    let runs = 0;
    const recurring = new Recurring(() => Promise.reject(new Error(String(++runs))), logger, 'failed');
    recurring.start(5);
    await sleep(60);
    await recurring.stop();
    expect(runs).toBeGreaterThan(1);
  });
});
